using System.Reflection;
using System.Text.RegularExpressions;
using Kontinue.Silo.Settings;
using Xunit;

namespace Kontinue.Silo.Tests;

/// <summary>docs/configuration.md has every setting of a silo, and no other.</summary>
public sealed partial class DocumentationTests
{
    public static TheoryData<Type> OptionTypes => [typeof(KontinueSiloOptions), typeof(SiloMembershipOptions), typeof(SiloJobsOptions)];

    [Theory]
    [MemberData(nameof(OptionTypes))]
    public void Settings_and_page_agree(Type type)
    {
        string page = File.ReadAllText(Path.Combine(Root(), "docs", "configuration.md"));
        int start = page.IndexOf($"## {type.Name}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"docs/configuration.md has no section '## {type.Name}'.");
        int end = page.IndexOf("\n## ", start, StringComparison.Ordinal);
        IEnumerable<string> documented = Row().Matches(end < 0 ? page[start..] : page[start..end]).Select(m => m.Groups[1].Value);
        IEnumerable<string> there = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(p => p.Name);
        Assert.Equal(there.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Kontinue.Orleans.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not lie within the repository.");
    }

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
