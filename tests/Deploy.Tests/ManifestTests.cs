using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace Kontinue.Deploy.Tests;

/// <summary>What holds for the manifests whatever the silo's settings are. That they fit those is tested with the silo.</summary>
public sealed partial class ManifestTests
{
    public static TheoryData<string> Overlays => [.. Directory.EnumerateDirectories(Path.Combine(Manifests.Root, "deploy", "k8s", "overlays")).Select(f => $"overlays/{Path.GetFileName(f)}")];

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void An_overlay_builds_and_nothing_in_it_is_there_twice(string overlay)
    {
        Manifests manifests = Manifests.Build(overlay);
        Assert.NotEmpty(manifests.All);
        Assert.Empty(manifests.All.GroupBy(o => $"{o["apiVersion"]} {o["kind"]} {o["metadata"]!["name"]}", StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key));
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Every_selector_finds_its_pods_and_no_others(string overlay)
    {
        Manifests manifests = Manifests.Build(overlay);
        JsonNode[] pods = [.. manifests.OfKind("StatefulSet")];
        foreach (JsonNode owner in manifests.All)
        {
            JsonNode? selector = Manifests.Text(owner["kind"]) switch
            {
                "Service" => owner["spec"]!["selector"],
                "NetworkPolicy" => owner["spec"]!["podSelector"]!["matchLabels"],
                "StatefulSet" or "PodDisruptionBudget" => owner["spec"]!["selector"]!["matchLabels"],
                _ => "none",
            };
            if (selector is JsonValue)
            {
                continue;
            }

            JsonNode only = Assert.Single(pods, pod => selector!.AsObject().All(l => (string?)pod["spec"]!["template"]!["metadata"]!["labels"]![l.Key] == (string?)l.Value));
            string name = Manifests.Text(owner["metadata"]!["name"]);
            Assert.Equal(name.StartsWith("kontinue-postgres", StringComparison.Ordinal) ? "kontinue-postgres" : "kontinue", Manifests.Text(only["metadata"]!["name"]));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Every_port_that_is_named_is_there(string overlay)
    {
        Manifests manifests = Manifests.Build(overlay);
        IEnumerable<string> services = manifests.OfKind("Service").Where(s => !Manifests.Text(s["metadata"]!["name"]).Contains("postgres", StringComparison.Ordinal))
            .SelectMany(s => s["spec"]!["ports"]!.AsArray()).Select(p => Manifests.Text(p!["targetPort"]));
        IEnumerable<string> policies = manifests.OfKind("NetworkPolicy").SelectMany(p => p["spec"]!["ingress"]!.AsArray())
            .SelectMany(rule => rule!["ports"]!.AsArray()).Select(p => Manifests.Text(p!["port"]));
        IEnumerable<string> probes = new[] { "startupProbe", "livenessProbe", "readinessProbe" }.Select(p => Manifests.Text(manifests.Container[p]!["httpGet"]!["port"]));
        Assert.Empty(services.Concat(policies).Concat(probes).Except(manifests.Ports.Keys, StringComparer.Ordinal));
        Assert.All(probes, port => Assert.Equal("health", port));
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Containers_have_the_least_rights(string overlay)
    {
        foreach (JsonNode set in Manifests.Build(overlay).OfKind("StatefulSet"))
        {
            JsonNode pod = set["spec"]!["template"]!["spec"]!;
            Assert.Equal(("true", "RuntimeDefault"), ((string?)pod["securityContext"]!["runAsNonRoot"], (string?)pod["securityContext"]!["seccompProfile"]!["type"]));
            Assert.NotEqual("0", (string?)pod["securityContext"]!["runAsUser"]);
            foreach (JsonNode? container in pod["containers"]!.AsArray())
            {
                JsonNode security = container!["securityContext"]!;
                Assert.Equal(("false", "true"), ((string?)security["allowPrivilegeEscalation"], (string?)security["readOnlyRootFilesystem"]));
                Assert.Equal("ALL", Manifests.Text(Assert.Single(security["capabilities"]!["drop"]!.AsArray())));
                Assert.NotNull(container["resources"]!["requests"]!["cpu"]);
                Assert.NotNull(container["resources"]!["limits"]!["memory"]);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void A_silo_may_read_pods_of_its_namespace_and_nothing_else(string overlay)
    {
        Manifests manifests = Manifests.Build(overlay);
        JsonNode rule = Assert.Single(manifests.One("Role", "kontinue-silo")["rules"]!.AsArray())!;
        Assert.Equal(["pods"], rule["resources"]!.AsArray().Select(Manifests.Text));
        Assert.Equal(["get", "list", "watch"], rule["verbs"]!.AsArray().Select(Manifests.Text));
        Assert.Empty(manifests.OfKind("ClusterRoleBinding"));
        JsonNode binding = Assert.Single(manifests.OfKind("RoleBinding"));
        Assert.Equal(Manifests.Text(manifests.Pod["serviceAccountName"]), Manifests.Text(binding["subjects"]![0]!["name"]));
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void The_labels_that_silos_find_pods_by_are_those_of_the_settings(string overlay) => LabelsAreThoseOfTheSettings(Manifests.Build(overlay));

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void A_cluster_or_service_id_of_ones_own_is_written_in_the_settings_only(string overlay)
    {
        // The overlay's own line, for who writes the ids into it; and an overlay on top, whose settings come after that line has done its work.
        string line = "transformers:\n  - ../../transformers/pod-labels\n";
        Assert.Contains(line, File.ReadAllText(Path.Combine(Manifests.Root, "deploy", "k8s", overlay, "kustomization.yaml")), StringComparison.Ordinal);
        BuildOnce(
            $"""
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            resources:
              - ../{Path.GetFileName(overlay)}
            configMapGenerator:
              - name: kontinue-settings
                behavior: merge
                literals:
                  - Kontinue__Silo__ClusterId=blue
                  - Kontinue__Silo__ServiceId=shop
            transformers:
              - ../../transformers/pod-labels
            """,
            manifests =>
            {
                LabelsAreThoseOfTheSettings(manifests);
                Assert.Equal(("blue", "shop"), (manifests.Environment["Kontinue__Silo__ClusterId"], manifests.Environment["Kontinue__Silo__ServiceId"]));
            });
    }

    [SkippableFact]
    public void Whoever_may_view_may_not_change_and_whoever_may_change_may_delete()
    {
        Manifests manifests = Manifests.Build("overlays/prod");
        Assert.Equal(["get", "list", "watch"], Verbs("kontinue-view"));
        Assert.Equal(["create", "delete", "deletecollection", "patch", "update"], Verbs("kontinue-edit"));

        IEnumerable<string> Verbs(string role) => manifests.One("ClusterRole", role)["rules"]![0]!["verbs"]!.AsArray().Select(Manifests.Text).Order(StringComparer.Ordinal);
    }

    [SkippableFact]
    public void The_image_has_the_user_that_the_pods_run_as_and_no_shell()
    {
        string dockerfile = File.ReadAllText(Path.Combine(Manifests.Root, "deploy", "Dockerfile"));
        string user = Manifests.Text(Manifests.Build("overlays/prod").Pod["securityContext"]!["runAsUser"]);
        Assert.Contains($"\nUSER {user}:", dockerfile, StringComparison.Ordinal);
        Assert.Contains("chiseled", dockerfile, StringComparison.Ordinal);
        Assert.Equal("10.0", SdkImage().Match(dockerfile).Groups[1].Value);
    }

    [SkippableFact]
    public void Cert_manager_makes_the_certificate_that_the_API_service_is_asked_for()
    {
        // As the overlay for production with the line for cert-manager.
        string production = Path.Combine(Manifests.Root, "deploy", "k8s", "overlays", "prod");
        BuildOnce(
            File.ReadAllText(Path.Combine(production, "kustomization.yaml")).Replace("# - ../../components/cert", "- ../../components/cert", StringComparison.Ordinal),
            manifests =>
            {
                JsonNode api = Assert.Single(manifests.OfKind("APIService"));
                JsonNode certificate = manifests.One("Certificate", "kontinue-tls");
                Assert.Equal("kontinue/kontinue-tls", (string?)api["metadata"]!["annotations"]!["cert-manager.io/inject-ca-from"]);
                JsonNode service = api["spec"]!["service"]!;
                Assert.Equal($"{service["name"]}.{service["namespace"]}.svc", Manifests.Text(certificate["spec"]!["dnsNames"]![0]));
                Assert.Contains(manifests.Pod["volumes"]!.AsArray(), v => (string?)v!["secret"]?["secretName"] == (string?)certificate["spec"]!["secretName"]);
            },
            Path.Combine(production, "namespace.yaml"));
    }

    /// <summary>A silo whose pod has other labels would ask for a right to change them again and again, which it has not.</summary>
    private static void LabelsAreThoseOfTheSettings(Manifests manifests)
    {
        JsonNode labels = manifests.Silos["spec"]!["template"]!["metadata"]!["labels"]!;
        Assert.Equal(
            (manifests.Environment["Kontinue__Silo__ClusterId"], manifests.Environment["Kontinue__Silo__ServiceId"]),
            ((string?)labels["orleans/clusterId"], (string?)labels["orleans/serviceId"]));
    }

    /// <summary>Builds an overlay that is there for as long as this takes.</summary>
    private static void BuildOnce(string kustomization, Action<Manifests> check, params string[] files)
    {
        string folder = Path.Combine(Manifests.Root, "deploy", "k8s", "overlays", $".test-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        try
        {
            foreach (string file in files)
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }

            File.WriteAllText(Path.Combine(folder, "kustomization.yaml"), kustomization);
            check(Manifests.Build(Path.Combine("overlays", Path.GetFileName(folder))));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [GeneratedRegex(@"dotnet/sdk:([0-9.]+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SdkImage();
}
