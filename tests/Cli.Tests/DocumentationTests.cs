using System.CommandLine;
using Xunit;

namespace Kontinue.Cli.Tests;

/// <summary>docs/cli.md is the reference: it has each command and each option, and none that does not exist.</summary>
public sealed class DocumentationTests : CliTest
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "docs", "cli.md"));

    private IEnumerable<(string Name, Command Command)> Commands => Walk("kontinue", CliApp.Build(Console()));

    [Fact]
    public void Every_command_has_a_line_with_all_its_own_options()
    {
        var missing = new List<string>();
        HashSet<string> common = [.. Commands.Single(c => c.Name == "kontinue resubmit").Command.Options.Select(o => o.Name).Where(o => o != "--name")];
        foreach ((string name, Command command) in Commands.Where(c => c.Command.Subcommands.Count == 0))
        {
            int start = Page.IndexOf(name + " ", StringComparison.Ordinal);
            if (start < 0)
            {
                missing.Add(name);
                continue;
            }

            int end = Page.IndexOf("\nkontinue ", start, StringComparison.Ordinal);
            string usage = Page[start..(end < 0 ? Page.IndexOf("```", start, StringComparison.Ordinal) : end)];
            missing.AddRange(command.Options.Where(o => !common.Contains(o.Name) && !Has(usage, o)).Select(o => $"{name} {o.Name}"));
        }

        Assert.Empty(missing);
        Assert.All(common, o => Assert.Contains($"`{o}`", Page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_option_of_the_page_exists()
    {
        HashSet<string> known = [.. Commands.SelectMany(c => c.Command.Options).SelectMany(o => o.Aliases.Append(o.Name)), "--help"];
        IEnumerable<string> named = System.Text.RegularExpressions.Regex.Matches(Page, "(?<![\\w-])--[a-z][a-z-]*").Select(m => m.Value).Distinct();
        Assert.Empty(named.Except(known));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(130)]
    public void Every_exit_code_is_there(int code) => Assert.Contains($"\n| {code} |", Page, StringComparison.Ordinal);

    /// <summary>The selecting options are documented once, and stand as [selection] where they are taken.</summary>
    private static bool Has(string usage, Option option) =>
        option.Aliases.Append(option.Name).Any(alias => usage.Contains(alias, StringComparison.Ordinal)) ||
        (usage.Contains("[selection]", StringComparison.Ordinal) && option.Name is "--selector" or "--field-selector" or "--phase" or "--function" or "--parent" or "--all-namespaces");

    private static IEnumerable<(string, Command)> Walk(string path, Command command) =>
        command.Subcommands.SelectMany(c => Walk($"{path} {c.Name}", c)).Prepend((path, command));

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder!, "Kontinue.slnf")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder!;
    }
}
