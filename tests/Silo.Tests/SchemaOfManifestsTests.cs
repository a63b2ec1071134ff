using k8s;
using Kontinue.Deploy.Tests;
using Xunit;

namespace Kontinue.Silo.Tests;

/// <summary>The manifests are what Kubernetes' own types can hold: no field is misspelt, misplaced or of another type.</summary>
public sealed class SchemaOfManifestsTests
{
    [SkippableTheory]
    [InlineData("overlays/dev")]
    [InlineData("overlays/prod")]
    public void Every_manifest_is_read_strictly(string overlay)
    {
        string[] manifests = [.. Manifests.BuildText(overlay).Split("\n---\n").Where(m => !m.Contains("cert-manager.io/", StringComparison.Ordinal))];
        Assert.True(manifests.Length > 10, $"There are {manifests.Length} manifests.");
        foreach (string manifest in manifests)
        {
            object read = Assert.Single(KubernetesYaml.LoadAllFromString(manifest, typeMap: null, strict: true));
            Assert.StartsWith("k8s.Models.", read.GetType().FullName, StringComparison.Ordinal);
        }
    }
}
