using System.Security.Cryptography;

namespace Kontinue.Client;

/// <summary>
/// Names that are made up: by a server where none is given, and by clients before they ask, so that asking again cannot create a second execution.
/// </summary>
public static class GeneratedName
{
    /// <summary>Letters and digits that do not form words and are not taken for each other; Kubernetes uses the same.</summary>
    public const string Letters = "bcdfghjklmnpqrstvwxz2456789";

    /// <summary>How many of them are appended.</summary>
    public const int SuffixLength = 8;

    private const int MaxCopyPrefix = 230;

    /// <summary>The prefix, and a random suffix.</summary>
    public static string From(string? prefix) => prefix + RandomNumberGenerator.GetString(Letters, SuffixLength);

    /// <summary>What the name of a copy begins with: the original's, without the suffix of an earlier copy, and a hyphen.</summary>
    public static string PrefixOfCopy(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int suffix = name.Length - SuffixLength;
        bool isGenerated = suffix > 1 && name[suffix - 1] == '-' && !name.AsSpan(suffix).ContainsAnyExcept(Letters);
        string prefix = isGenerated ? name[..(suffix - 1)] : name;
        return prefix[..Math.Min(prefix.Length, MaxCopyPrefix)].TrimEnd('-', '.') + "-";
    }
}
