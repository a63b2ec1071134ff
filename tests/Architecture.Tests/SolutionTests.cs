using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Kontinue.Architecture.Tests;

/// <summary>What is on disk is built and tested.</summary>
public sealed partial class SolutionTests
{
    private static IEnumerable<string> AllProjects => Repository.Projects.Select(p => p.Path);

    [Fact]
    public void The_solution_lists_every_project()
    {
        string text = File.ReadAllText(Repository.PathOf("Kontinue.Orleans.sln"));
        IEnumerable<string> listed = ProjectLine().Matches(text).Select(m => m.Groups[1].Value.Replace('\\', '/'));
        AssertSame(AllProjects, listed);
    }

    [Fact]
    public void The_filter_lists_every_project_but_the_Orleans_host()
    {
        using JsonDocument filter = JsonDocument.Parse(File.ReadAllText(Repository.PathOf("Kontinue.slnf")));
        IEnumerable<string> listed = filter.RootElement.GetProperty("solution").GetProperty("projects").EnumerateArray()
            .Select(e => e.GetString()!.Replace('\\', '/'));
        AssertSame(AllProjects.Where(path => !OrleansHost().IsMatch(path)), listed);
    }

    [Fact]
    public void Test_projects_say_that_they_are()
    {
        IEnumerable<string> silent = Repository.Projects
            .Where(p => p.IsIn("tests") && p.Path.EndsWith(".Tests.csproj", StringComparison.Ordinal) && p.Flag("IsTestProject") != true)
            .Select(p => p.Path);
        Assert.Empty(silent);
    }

    [Fact]
    public void Package_versions_are_central()
    {
        IEnumerable<string> own = Repository.Projects
            .Where(p => p.Xml.Descendants("PackageReference").Any(e => e.Attribute("Version") is not null))
            .Select(p => p.Path);
        Assert.Empty(own);
    }

    private static void AssertSame(IEnumerable<string> expected, IEnumerable<string> actual)
    {
        string[] onDisk = [.. expected.Order(StringComparer.Ordinal)];
        string[] listed = [.. actual.Order(StringComparer.Ordinal)];
        Assert.True(
            onDisk.SequenceEqual(listed, StringComparer.Ordinal),
            $"Run eng/solution.sh. Missing: [{string.Join(", ", onDisk.Except(listed))}]. Gone: [{string.Join(", ", listed.Except(onDisk))}].");
    }

    [GeneratedRegex("""^Project\("[^"]+"\) = "[^"]+", "([^"]+\.csproj)",""", RegexOptions.Multiline)]
    private static partial Regex ProjectLine();

    [GeneratedRegex("^(src/(Grains|Silo)|load/Orleans|samples/HelloOrleans|tests/(Grains|Silo))")]
    private static partial Regex OrleansHost();
}
