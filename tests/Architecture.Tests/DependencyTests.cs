using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Xunit;

namespace Kontinue.Architecture.Tests;

/// <summary>Dependencies point one way: executables, then API, stores, jobs and workflows, then the engine, then the abstractions.</summary>
public sealed class DependencyTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Abstractions"] = [],
        ["Engine"] = ["Abstractions"],
        ["Storage.Sqlite"] = ["Engine", "Abstractions"],
        ["Storage.PostgreSql"] = ["Engine", "Abstractions"],
        ["Jobs"] = ["Engine", "Abstractions"],
        ["Workflows"] = ["Abstractions", "Engine"],
        ["Client"] = ["Abstractions"],
        ["Api"] = ["Engine", "Abstractions"],
        ["Grains"] = ["Grains.Client", "Engine", "Abstractions"],
        ["Grains.Client"] = ["Abstractions"],
        // The development server brings the samples along, so that there is something to run.
        ["Cli"] = ["ChecksumTree", "DeployCluster", "HelloWorker", "SmallFunctions", "Api", "Client", "Storage.Sqlite", "Storage.PostgreSql", "Jobs", "Workflows", "Engine", "Abstractions"],
        ["Silo"] = ["ChecksumTree", "DeployCluster", "SmallFunctions", "Api", "Grains", "Grains.Client", "Storage.Sqlite", "Storage.PostgreSql", "Jobs", "Workflows", "Engine", "Abstractions"],
    };

    private static readonly string[] ForeignToTheCore =
        ["Npgsql", "Microsoft.Data.Sqlite", "SQLitePCL", "Microsoft.AspNetCore", "System.Net.Http", "YamlDotNet", "Kubernetes", "k8s", "Orleans", "Microsoft.Orleans"];

    public static TheoryData<string> SourceProjects => [.. Repository.Projects.Where(p => p.IsIn("src")).Select(p => p.Path)];

    [Theory]
    [MemberData(nameof(SourceProjects))]
    public void A_project_references_only_the_layers_below_it(string path)
    {
        Project project = Find(path);
        Assert.True(Allowed.TryGetValue(project.Folder, out string[]? allowed), $"{path} is a new layer: say in this test what it may reference.");
        Assert.Empty(project.ReferencedFolders.Except(allowed, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(SourceProjects))]
    public void A_project_compiles_only_what_is_in_its_own_folder(string path) =>
        Assert.DoesNotContain(Find(path).Xml.Descendants("Compile").Select(e => (string?)e.Attribute("Include") ?? ""), file => file.Contains("..", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(SourceProjects))]
    public void An_assembly_uses_only_the_layers_below_it(string path)
    {
        Project project = Find(path);
        string? assembly = AssemblyOf(project);
        if (assembly is null)
        {
            Assert.Contains(project.Folder, new[] { "Grains", "Grains.Client", "Silo" });
            return;
        }

        IEnumerable<string> layers = References(assembly)
            .Where(name => name.StartsWith("Kontinue.", StringComparison.Ordinal) && !name.StartsWith("Kontinue.Samples", StringComparison.Ordinal))
            .Select(name => name["Kontinue.".Length..]);
        Assert.Empty(layers.Except(Allowed[project.Folder], StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Abstractions")]
    [InlineData("Engine")]
    public void The_core_knows_no_database_HTTP_YAML_Kubernetes_or_Orleans(string folder)
    {
        Project project = Repository.Projects.Single(p => p.IsIn("src") && p.Folder == folder);
        IEnumerable<string> names = project.Packages.Concat(project.Frameworks).Concat(References(AssemblyOf(project)!));
        Assert.DoesNotContain(names, name => Array.Exists(ForeignToTheCore, foreign => name.StartsWith(foreign, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public void Stores_know_nothing_of_HTTP()
    {
        foreach (Project store in Repository.Projects.Where(p => p.IsIn("src") && p.Folder.StartsWith("Storage.", StringComparison.Ordinal)))
        {
            Assert.DoesNotContain(References(AssemblyOf(store)!), name => name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
            Assert.Empty(store.Frameworks);
        }
    }

    [Fact]
    public void Nothing_but_an_internals_door_for_tests_opens_a_layer()
    {
        IEnumerable<string> doors = Repository.Projects.Where(p => p.IsIn("src")).SelectMany(
            p => p.Xml.Descendants("InternalsVisibleTo").Select(e => (string?)e.Attribute("Include") ?? ""));
        Assert.All(doors, door => Assert.EndsWith(".Tests", door));
    }

    private static Project Find(string path) => Repository.Projects.Single(p => p.Path == path);

    private static string? AssemblyOf(Project project)
    {
        string name = project.Xml.Descendants("AssemblyName").LastOrDefault()?.Value ?? Path.GetFileNameWithoutExtension(project.Path);
        string path = Path.Combine(AppContext.BaseDirectory, name + ".dll");
        return File.Exists(path) ? path : null;
    }

    private static IReadOnlyList<string> References(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        MetadataReader metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }
}
