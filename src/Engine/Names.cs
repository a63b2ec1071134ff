namespace Kontinue.Engine;

/// <summary>The rules for names. Those of executions and namespaces are Kubernetes' (RFC 1123), so that names fit into either.</summary>
public static class Names
{
    /// <summary>The rule of function names, for messages.</summary>
    public const string FunctionNameRule =
        "Use 1 to 63 lower-case letters, digits and '-', beginning and ending with a letter or digit.";

    /// <summary>The rule of execution names, for messages.</summary>
    public const string ExecutionNameRule =
        "Use a DNS subdomain: 1 to 253 lower-case letters, digits, '-' and '.', each part beginning and ending with a letter or digit.";

    /// <summary>The rule of namespaces, for messages.</summary>
    public const string NamespaceRule = "Use a DNS label: 1 to 63 lower-case letters, digits and '-', beginning and ending with a letter or digit.";

    /// <summary>The rule of step, suspension and event names, for messages.</summary>
    public const string OperationNameRule = "Use 1 to 128 printable characters other than '#'.";

    /// <summary>The rule of the names of mutexes and of concurrency keys, for messages.</summary>
    public const string SharedNameRule = "Use 1 to 253 printable characters.";

    /// <summary>The rule of the keys of labels and annotations, for messages.</summary>
    public const string LabelKeyRule =
        "Use 1 to 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, with an optional DNS name and '/' before it.";

    /// <summary>The rule of labels' values, for messages.</summary>
    public const string LabelValueRule = "Use at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit.";

    private const int MaxLabelLength = 63;

    /// <summary>Whether a function may be called so.</summary>
    public static bool IsFunctionName(string? name) => IsLabel(name);

    /// <summary>Whether an execution may be called so.</summary>
    public static bool IsExecutionName(string? name)
    {
        if (name is null || name.Length is 0 or > 253)
        {
            return false;
        }

        foreach (Range part in name.AsSpan().Split('.'))
        {
            if (!IsLabelText(name.AsSpan(part)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a namespace may be called so.</summary>
    public static bool IsNamespace(string? name) => IsLabel(name);

    /// <summary>Whether a step, suspension or event may be called so.</summary>
    public static bool IsOperationName(string? name)
    {
        if (name is null || name.Length is 0 or > 128)
        {
            return false;
        }

        foreach (char c in name)
        {
            if (c == '#' || char.IsControl(c) || char.IsSurrogate(c))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a mutex or a concurrency key may be called so.</summary>
    public static bool IsSharedName(string? name)
    {
        if (name is null || name.Length is 0 or > 253)
        {
            return false;
        }

        foreach (char c in name)
        {
            if (char.IsControl(c) || char.IsSurrogate(c))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a label or an annotation may have this key.</summary>
    public static bool IsLabelKey(string? key)
    {
        int slash = key?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        return key is not null && (slash < 0 || IsExecutionName(key[..slash])) && key.Length > slash + 1 && IsLabelPart(key.AsSpan(slash + 1));
    }

    /// <summary>Whether a label may have this value.</summary>
    public static bool IsLabelValue(string? value) => value is not null && IsLabelPart(value);

    /// <summary>Says which of these labels cannot be, and why; null when all can.</summary>
    public static (string Key, string Reason)? FindBadLabel(IReadOnlyDictionary<string, string>? labels)
    {
        foreach ((string key, string value) in labels ?? NoLabels)
        {
            if (!IsLabelKey(key))
            {
                return (key, $"'{key}' is not a label's key. {LabelKeyRule}");
            }

            if (!IsLabelValue(value))
            {
                return (key, $"'{value}' is not a label's value. {LabelValueRule}");
            }
        }

        return null;
    }

    /// <summary>Says which of these annotations cannot be, and why; null when all can.</summary>
    public static (string Key, string Reason)? FindBadAnnotation(IReadOnlyDictionary<string, string>? annotations)
    {
        foreach ((string key, string? value) in annotations ?? NoLabels)
        {
            if (!IsLabelKey(key))
            {
                return (key, $"'{key}' is not an annotation's key. {LabelKeyRule}");
            }

            // Not every database can hold that character in a text.
            if (value is null || value.Contains('\0', StringComparison.Ordinal))
            {
                return (key, "The value must be a text without the character U+0000.");
            }
        }

        return null;
    }

    private static readonly Dictionary<string, string> NoLabels = [];

    private static bool IsLabelPart(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return true;
        }

        if (text.Length > MaxLabelLength || !char.IsAsciiLetterOrDigit(text[0]) || !char.IsAsciiLetterOrDigit(text[^1]))
        {
            return false;
        }

        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsLabel(string? name) => name is not null && name.Length <= 63 && IsLabelText(name);

    private static bool IsLabelText(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[0] == '-' || text[^1] == '-')
        {
            return false;
        }

        foreach (char c in text)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')
            {
                return false;
            }
        }

        return true;
    }
}
