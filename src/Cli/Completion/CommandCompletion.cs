using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Kontinue.Cli.Completion;

/// <summary>
/// Completes a word that is a command as it stands. The parser takes it for that command and offers what may follow, but the word is not
/// finished before there is a space behind it: "exec" may become "executions".
/// </summary>
internal static class CommandCompletion
{
    /// <summary>Answers a suggest directive.</summary>
    /// <param name="root">The commands.</param>
    /// <param name="args">The command line.</param>
    /// <returns>The candidates; null when the parser knows better.</returns>
    public static IReadOnlyList<string>? Suggest(RootCommand root, string[] args)
    {
        if (args is not [var directive, var line] || Position(directive, line) is not { } position)
        {
            return null;
        }

        string typed = line[..position];
        string word = typed[(typed.LastIndexOf(' ') + 1)..];
        if (word.Length == 0 || typed.Contains('"', StringComparison.Ordinal))
        {
            return null;
        }

        CommandResult result = root.Parse(typed.Split(' ', StringSplitOptions.RemoveEmptyEntries)).CommandResult;
        bool isLast = result.Parent is CommandResult && result.Tokens.Count == 0 && !result.Children.Any(c => c.Tokens.Count > 0) &&
            string.Equals(result.IdentifierToken.Value, word, StringComparison.Ordinal);
        return isLast && result.Parent is CommandResult { Command: var parent }
            ? [.. parent.Subcommands.Where(c => !c.Hidden).SelectMany(c => c.Aliases.Append(c.Name))
                .Where(name => name.StartsWith(word, StringComparison.Ordinal)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]
            : null;
    }

    /// <summary>Where the cursor stands, of "[suggest:12]"; null when it is something else.</summary>
    private static int? Position(string directive, string line) =>
        directive.StartsWith("[suggest:", StringComparison.Ordinal) && directive.EndsWith(']') &&
        int.TryParse(directive["[suggest:".Length..^1], NumberStyles.None, CultureInfo.InvariantCulture, out int position)
            ? Math.Min(position, line.Length)
            : null;
}
