using System.CommandLine;
using System.Text.RegularExpressions;

namespace Kontinue.Cli;

/// <summary>Says what is wrong with a command line, in the words of its user: the parser's messages name types of the program.</summary>
internal static partial class ParseMistakes
{
    /// <summary>One line per mistake; at least one.</summary>
    public static IEnumerable<string> Of(ParseResult parsed, string command)
    {
        string[] subcommands = [.. parsed.CommandResult.Command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];
        if (subcommands.Length > 0)
        {
            // What follows a command that does not exist cannot be judged.
            string wrong = parsed.UnmatchedTokens is [var first, ..] ? $"'{command}' has no '{first}'." : $"'{command}' alone does nothing.";
            return [$"{wrong} Name one of: {string.Join(", ", subcommands)}."];
        }

        return parsed.Errors.Select(e => Reword(e.Message)).Distinct(StringComparer.Ordinal);
    }

    /// <summary>A number option that is out of its range; what is no number at all is a mistake that the parser tells.</summary>
    public static void MustBe<T>(this Option<T> option, Func<T, bool> valid, string message) => option.Validators.Add(result =>
    {
        T value;
        try
        {
            value = result.GetValueOrDefault<T>()!;
        }
        catch (InvalidOperationException)
        {
            return;
        }

        if (!valid(value))
        {
            result.AddError(message);
        }
    });

    private static string Reword(string message)
    {
        Match unreadable = Unreadable().Match(message);
        if (!unreadable.Success)
        {
            return Spaces().Replace(message, " ");
        }

        // The choices, if there are any, stand behind a question: "Did you mean one of the following?".
        string rest = unreadable.Groups["rest"].Value;
        string[] choices = rest[(rest.IndexOf('?', StringComparison.Ordinal) + 1)..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string right = choices.Length > 0 ? $" Use one of: {string.Join(", ", choices)}."
            : unreadable.Groups["type"].Value is "System.Int32" or "System.Double" ? " Write a number." : "";
        return $"{unreadable.Groups["option"].Value}: '{unreadable.Groups["text"].Value}' is not possible.{right}";
    }

    [GeneratedRegex(@"^Cannot parse argument '(?<text>.*)' for option '(?<option>[^']*)' as expected type '(?<type>[^']*)'\.(?<rest>.*)$", RegexOptions.Singleline | RegexOptions.NonBacktracking)]
    private static partial Regex Unreadable();

    [GeneratedRegex(@"\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Spaces();
}
