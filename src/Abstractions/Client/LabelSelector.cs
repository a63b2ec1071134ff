namespace Kontinue.Client;

/// <summary>Label selectors as text, in the grammar of Kubernetes: <c>app=shop,tier!=db,zone in (a,b),canary,!old</c>.</summary>
public static class LabelSelector
{
    /// <summary>Reads a selector. The keys and values are not looked at any further.</summary>
    /// <param name="text">The selector; empty selects all.</param>
    /// <exception cref="FormatException">It cannot be understood; the message says where.</exception>
    public static IReadOnlyList<LabelRequirement> Parse(string? text)
    {
        var requirements = new List<LabelRequirement>();
        foreach (string term in SplitTerms(text ?? ""))
        {
            requirements.Add(ParseTerm(term.Trim()));
        }

        return requirements;
    }

    /// <summary>Writes a selector; null when it selects all.</summary>
    public static string? Format(IReadOnlyList<LabelRequirement>? requirements) =>
        requirements is not { Count: > 0 } ? null : string.Join(',', requirements.Select(Format));

    private static string Format(LabelRequirement requirement) => requirement switch
    {
        { Operator: LabelOperator.In, Values: [string only] } => $"{requirement.Key}={only}",
        { Operator: LabelOperator.NotIn, Values: [string only] } => $"{requirement.Key}!={only}",
        { Operator: LabelOperator.In } => $"{requirement.Key} in ({string.Join(',', requirement.Values)})",
        { Operator: LabelOperator.NotIn } => $"{requirement.Key} notin ({string.Join(',', requirement.Values)})",
        { Operator: LabelOperator.Exists } => requirement.Key,
        _ => "!" + requirement.Key,
    };

    /// <summary>Splits at the commas outside of parentheses.</summary>
    private static List<string> SplitTerms(string text)
    {
        var terms = new List<string>();
        int start = 0, depth = 0;
        for (int i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth is < 0 or > 1)
            {
                throw new FormatException($"The parenthesis at position {i + 1} of '{text}' does not fit.");
            }

            if (text[i] == ',' && depth == 0)
            {
                terms.Add(text[start..i]);
                start = i + 1;
            }
        }

        if (depth != 0)
        {
            throw new FormatException($"'{text}' lacks a closing parenthesis.");
        }

        if (!string.IsNullOrWhiteSpace(text))
        {
            terms.Add(text[start..]);
        }

        return terms;
    }

    private static LabelRequirement ParseTerm(string term)
    {
        if (term.Length == 0)
        {
            throw new FormatException("There is nothing between two commas.");
        }

        int at = term.IndexOf('=', StringComparison.Ordinal);
        if (at >= 0)
        {
            bool negated = at > 0 && term[at - 1] == '!';
            string key = term[..(negated ? at - 1 : at)].Trim();
            string value = term[(at + 1)..];
            value = (!negated && value.StartsWith('=') ? value[1..] : value).Trim();
            return key.Length > 0 && value.AsSpan().IndexOfAny("=!(), ") < 0
                ? new LabelRequirement(CheckKey(key, term), negated ? LabelOperator.NotIn : LabelOperator.In, [value])
                : throw Bad(term);
        }

        int open = term.IndexOf('(', StringComparison.Ordinal);
        if (open >= 0)
        {
            string[] words = term[..open].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is not [string key, "in" or "notin"] || !term.EndsWith(')'))
            {
                throw Bad(term);
            }

            string[] values = [.. term[(open + 1)..^1].Split(',').Select(v => v.Trim())];
            return new LabelRequirement(CheckKey(key, term), words[1] is "in" ? LabelOperator.In : LabelOperator.NotIn, values);
        }

        return term[0] == '!'
            ? new LabelRequirement(CheckKey(term[1..].Trim(), term), LabelOperator.DoesNotExist, [])
            : new LabelRequirement(CheckKey(term, term), LabelOperator.Exists, []);
    }

    private static string CheckKey(string key, string term) => key.Length > 0 && key.AsSpan().IndexOfAny("!=() ") < 0 ? key : throw Bad(term);

    private static FormatException Bad(string term) =>
        new($"'{term}' cannot be understood. Write key=value, key!=value, key in (a,b), key notin (a,b), key, or !key, joined by commas.");
}
