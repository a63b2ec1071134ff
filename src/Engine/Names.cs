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
