using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kontinue.Deploy.Tests;

/// <summary>What <c>kubectl kustomize</c> makes of a folder below deploy/k8s.</summary>
public sealed class Manifests
{
    private const string SiloContainer = "silo";

    private readonly List<JsonNode> _all;

    private Manifests(List<JsonNode> all) => _all = all;

    public static string Root { get; } = FindRoot();

    public IReadOnlyList<JsonNode> All => _all;

    /// <summary>The stateful set of the silos.</summary>
    public JsonNode Silos => One("StatefulSet", "kontinue");

    public JsonNode Pod => Silos["spec"]!["template"]!["spec"]!;

    public JsonNode Container => Pod["containers"]!.AsArray().Single(c => Text(c!["name"]) == SiloContainer)!;

    /// <summary>The environment of a silo: settings, and stand-ins for what comes from the pod and from secrets.</summary>
    public IReadOnlyDictionary<string, string?> Environment
    {
        get
        {
            Dictionary<string, string?> all = new(StringComparer.OrdinalIgnoreCase);
            foreach (JsonNode? source in Container["envFrom"]!.AsArray())
            {
                foreach ((string name, JsonNode? value) in One("ConfigMap", Text(source!["configMapRef"]!["name"]))["data"]!.AsObject())
                {
                    all[name] = Text(value);
                }
            }

            foreach (JsonNode? variable in Container["env"]!.AsArray())
            {
                all[Text(variable!["name"])] = variable["value"] is { } value ? Text(value) : null;
            }

            return all;
        }
    }

    /// <summary>The ports of the container by name.</summary>
    public IReadOnlyDictionary<string, int> Ports => Container["ports"]!.AsArray().ToDictionary(p => Text(p!["name"]), p => Number(p!["containerPort"]));

    /// <summary>Builds a folder, or skips the test where there is no kubectl.</summary>
    public static Manifests Build(string folder)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(BuildText(folder)));
        return new Manifests([.. stream.Documents.Select(document => Convert(document.RootNode)!)]);
    }

    /// <summary>As <see cref="Build"/>, as kubectl would send it.</summary>
    public static string BuildText(string folder)
    {
        (int code, string output) = Run(Path.Combine(Root, "deploy", "k8s", folder));
        Assert.True(code == 0, $"kubectl kustomize deploy/k8s/{folder} failed:\n{output}");
        return output;
    }

    public JsonNode One(string kind, string name) => _all.Single(o => Text(o["kind"]) == kind && Text(o["metadata"]!["name"]) == name);

    public IEnumerable<JsonNode> OfKind(string kind) => _all.Where(o => Text(o["kind"]) == kind);

    public static string Text(JsonNode? node) => node?.GetValue<string>() ?? throw new InvalidOperationException("A text is missing.");

    public static int Number(JsonNode? node) => int.Parse(Text(node), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Scalars stay texts: whoever asks knows what they are.</summary>
    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(c => KeyValuePair.Create(((YamlScalarNode)c.Key).Value!, Convert(c.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "null" } => null,
        _ => JsonValue.Create(((YamlScalarNode)node).Value),
    };

    private static (int Code, string Output) Run(string folder)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("kubectl", ["kustomize", folder])
            {
                UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, process.ExitCode == 0 ? output : error.GetAwaiter().GetResult());
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Skip.If(true, "There is no kubectl.");
            throw;
        }
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Kontinue.Orleans.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not lie within the repository.");
    }
}
