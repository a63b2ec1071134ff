using System.Reflection;
using System.Text.RegularExpressions;
using Kontinue.Engine;
using Kontinue.Engine.Functions;
using Xunit;

namespace Kontinue.Architecture.Tests;

/// <summary>What the pages say is there.</summary>
public sealed partial class DocumentationTests
{
    public static TheoryData<string> Pages =>
        [.. Directory.EnumerateFiles(Repository.Root, "*.md").Concat(Repository.Files("docs", "*.md")).Concat(Repository.Files("samples", "*.md")).Select(Repository.Relative)];

    /// <summary>The options that docs/configuration.md lists: those of the engine and of everything that sits on it.</summary>
    public static TheoryData<string> OptionTypes => [.. FindOptions().Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_to_a_file_resolves(string page)
    {
        string folder = Path.GetDirectoryName(Repository.PathOf(page))!;
        string text = CodeBlock().Replace(File.ReadAllText(Repository.PathOf(page)), "");
        IEnumerable<string> broken = Link().Matches(text)
            .Select(m => m.Groups[1].Value.Split('#')[0])
            .Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.Combine(folder, target)));
        Assert.Empty(broken);
    }

    [Theory]
    [MemberData(nameof(OptionTypes))]
    public void Every_option_is_documented(string typeName)
    {
        string section = Section(typeName);
        Type type = FindOptions().Single(t => t.Name == typeName);
        IEnumerable<string> missing = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is { IsPublic: true })
            .Select(p => p.Name)
            .Where(name => !section.Contains($"| `{name}` |", StringComparison.Ordinal));
        Assert.Empty(missing);
    }

    [Theory]
    [MemberData(nameof(OptionTypes))]
    public void Every_documented_option_exists(string typeName)
    {
        Type type = FindOptions().Single(t => t.Name == typeName);
        IEnumerable<string> gone = OptionRow().Matches(Section(typeName))
            .Select(m => m.Groups[1].Value)
            .Where(name => type.GetProperty(name) is null);
        Assert.Empty(gone);
    }

    private static string Section(string typeName)
    {
        string page = File.ReadAllText(Repository.PathOf("docs", "configuration.md"));
        int start = page.IndexOf($"## {typeName}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"docs/configuration.md has no section '## {typeName}'.");
        int end = page.IndexOf("\n## ", start, StringComparison.Ordinal);
        return end < 0 ? page[start..] : page[start..end];
    }

    private static IEnumerable<Type> FindOptions() =>
        Directory.EnumerateFiles(AppContext.BaseDirectory, "Kontinue.*.dll")
            .Where(path => !path.EndsWith(".Tests.dll", StringComparison.Ordinal))
            .Select(path => Assembly.Load(AssemblyName.GetAssemblyName(path)))
            .SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.Name.EndsWith("Options", StringComparison.Ordinal) &&
                (type == typeof(KontinueOptions) || type == typeof(FunctionOptions) || type.Assembly != typeof(KontinueOptions).Assembly) &&
                type.Assembly != typeof(KontinueContext).Assembly)
            .OrderBy(type => type.Name, StringComparer.Ordinal);

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex OptionRow();
}
