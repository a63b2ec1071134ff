using System.Text.RegularExpressions;

namespace Kontinue.Kubectl.Tests.Support;

/// <summary>
/// Commands and what they print, as a document shows them: in blocks marked <c>console</c>, a line after <c>$ </c> is a command, lines
/// after <c>> </c> continue it, and what follows is its output. A line of <c>...</c> stands for any number of lines.
/// </summary>
internal static partial class Transcript
{
    /// <summary>Reads the commands of a document, in order.</summary>
    public static IReadOnlyList<Exchange> Read(string markdown)
    {
        var exchanges = new List<Exchange>();
        bool inside = false;
        string[] lines = markdown.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i];
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                inside = !inside && line is "```console";
            }
            else if (inside && line.StartsWith("$ ", StringComparison.Ordinal))
            {
                exchanges.Add(new Exchange(i + 1, line[2..], []));
            }
            else if (inside && line.StartsWith("> ", StringComparison.Ordinal) && exchanges[^1].Output.Count == 0)
            {
                exchanges[^1] = exchanges[^1] with { Command = exchanges[^1].Command + "\n" + line[2..] };
            }
            else if (inside)
            {
                exchanges[^1].Output.Add(line);
            }
        }

        return exchanges;
    }

    /// <summary>Whether an output is the expected one, save for what differs from run to run.</summary>
    public static bool Matches(IReadOnlyList<string> expected, string actual)
    {
        string[] wanted = [.. expected.Select(Normalize).Where(l => l.Length > 0)];
        string[] got = [.. actual.ReplaceLineEndings("\n").Split('\n').Select(Normalize).Where(l => l.Length > 0)];
        return MatchesFrom(wanted, 0, got, 0);
    }

    private static bool MatchesFrom(string[] wanted, int w, string[] got, int g)
    {
        for (; w < wanted.Length; w++, g++)
        {
            if (wanted[w] is "...")
            {
                return Enumerable.Range(g, got.Length - g + 1).Any(next => MatchesFrom(wanted, w + 1, got, next));
            }

            if (g >= got.Length || !string.Equals(wanted[w], got[g], StringComparison.Ordinal))
            {
                return false;
            }
        }

        return g == got.Length;
    }

    /// <summary>Blanks out ids, times, versions and ages.</summary>
    private static string Normalize(string line)
    {
        line = Uid().Replace(line, "UID");
        line = Time().Replace(line, "TIME");
        line = Suffix().Replace(line, "-SUFFIX");
        line = Version().Replace(line, "${name}VERSION");
        line = Age().Replace(line, "AGE");
        line = Server().Replace(line, "SERVER");
        return Blanks().Replace(line, " ").Trim();
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", RegexOptions.None, 1000)]
    private static partial Regex Uid();

    [GeneratedRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+]00:00)", RegexOptions.None, 1000)]
    private static partial Regex Time();

    [GeneratedRegex("-[bcdfghjklmnpqrstvwxz2456789]{8}\\b", RegexOptions.None, 1000)]
    private static partial Regex Suffix();

    [GeneratedRegex("(?<name>resourceVersion: ?)\"?[0-9]+\"?|(?<name>Resource Version: +)[0-9]+", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Version();

    [GeneratedRegex("(?<![-\\w\"])([0-9.]+(us|ms|d|h|m|s))+(?![-\\w\"])", RegexOptions.None, 1000)]
    private static partial Regex Age();

    [GeneratedRegex("https?://(localhost|127\\.0\\.0\\.1):[0-9]+", RegexOptions.None, 1000)]
    private static partial Regex Server();

    [GeneratedRegex("\\s+", RegexOptions.None, 1000)]
    private static partial Regex Blanks();
}

/// <summary>A command and its output.</summary>
internal sealed record Exchange(int Line, string Command, List<string> Output);
