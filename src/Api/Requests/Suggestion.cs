namespace Kontinue.Api.Requests;

/// <summary>Guesses what somebody meant to write.</summary>
internal static class Suggestion
{
    /// <summary>The known word nearest to the given one, if it is near enough; null otherwise.</summary>
    public static string? For(string given, IEnumerable<string> known)
    {
        if (given.Length > 64)
        {
            return null;
        }

        (string? word, int distance) = known
            .Select(k => (Word: k, Distance: Distance(given.ToLowerInvariant(), k.ToLowerInvariant())))
            .DefaultIfEmpty((Word: "", Distance: int.MaxValue))
            .MinBy(c => c.Distance);
        return distance <= Math.Max(1, given.Length / 3) ? word : null;
    }

    /// <summary>Levenshtein's distance.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(row[j - 1], above) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
