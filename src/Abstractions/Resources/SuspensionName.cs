using System.Security.Cryptography;
using System.Text;

namespace Kontinue.Resources;

/// <summary>
/// The names of suspensions: the execution's and the wait's, with a '.' between them. <c>sleep#2</c> of <c>order-1</c> is
/// <c>order-1.sleep.2</c>. A wait whose name cannot be part of a DNS name gets a similar one with a hash behind it.
/// </summary>
/// <remarks>
/// The part of the wait is one label, or a label and a number. No label is a number itself, so a name tells its execution. The wait is
/// found by making the names of all that the execution waits for: <see cref="SuspensionExtensions.FindSuspensionAsync"/>.
/// </remarks>
public static class SuspensionName
{
    private const int MaxNameLength = 253;
    private const int MaxLabelLength = 63;
    private const int HashLength = 10;
    private const string HashAlphabet = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>The name of the suspension that is a wait of an execution.</summary>
    /// <param name="execution">The execution's name.</param>
    /// <param name="wait">What the function calls the wait, such as <c>approval</c> or <c>sleep#2</c>.</param>
    /// <returns>A DNS subdomain; at most 253 characters if the execution's name leaves 13 of them.</returns>
    public static string For(string execution, string wait)
    {
        ArgumentNullException.ThrowIfNull(execution);
        ArgumentNullException.ThrowIfNull(wait);
        string name = $"{execution}.{Keep(wait) ?? Sanitize(wait)}";
        return name.Length <= MaxNameLength ? name : $"{execution}.w-{Hash(wait)}";
    }

    /// <summary>The name of the execution that a suspension of this name would belong to; null when it is no such name.</summary>
    /// <param name="suspension">The suspension's name.</param>
    public static string? ExecutionOf(string suspension)
    {
        ArgumentNullException.ThrowIfNull(suspension);
        int dot = suspension.LastIndexOf('.');
        if (dot > 0 && IsNumber(suspension.AsSpan(dot + 1)))
        {
            dot = suspension.LastIndexOf('.', dot - 1);
        }

        return dot > 0 ? suspension[..dot] : null;
    }

    /// <summary>The uid of a suspension: made from its execution's and the wait, so that it stays the same (RFC 9562, version 8).</summary>
    /// <param name="execution">The execution's uid.</param>
    /// <param name="wait">What the function calls the wait.</param>
    public static Guid Uid(Guid execution, string wait)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{execution:N}/{wait}"), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>The wait's name as it is, with the occurrence behind a '.'; null when that would be no DNS name, or not to be told apart.</summary>
    private static string? Keep(string wait)
    {
        int mark = wait.IndexOf('#', StringComparison.Ordinal);
        ReadOnlySpan<char> label = mark < 0 ? wait : wait.AsSpan(0, mark);
        ReadOnlySpan<char> occurrence = mark < 0 ? [] : wait.AsSpan(mark + 1);
        bool isKept = IsLabel(label) && !IsNumber(label) && (mark < 0 || (IsNumber(occurrence) && occurrence[0] != '0'));
        return !isKept ? null : mark < 0 ? wait : $"{label}.{occurrence}";
    }

    private static string Sanitize(string wait)
    {
        var label = new StringBuilder(MaxLabelLength);
        foreach (char c in wait)
        {
            char lower = char.ToLowerInvariant(c);
            if (char.IsAsciiLetterLower(lower) || char.IsAsciiDigit(lower))
            {
                label.Append(lower);
            }
            else if (label.Length > 0 && label[^1] != '-')
            {
                label.Append('-');
            }

            if (label.Length == MaxLabelLength - HashLength - 1)
            {
                break;
            }
        }

        string readable = label.ToString().TrimEnd('-');
        return $"{(readable.Length == 0 ? "w" : readable)}-{Hash(wait)}";
    }

    private static string Hash(string wait)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(wait), hash);
        Span<char> text = stackalloc char[HashLength];
        for (int i = 0; i < HashLength; i++)
        {
            text[i] = HashAlphabet[hash[i] & 31];
        }

        return text.ToString();
    }

    private static bool IsNumber(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExceptInRange('0', '9');

    private static bool IsLabel(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxLabelLength || text[0] == '-' || text[^1] == '-')
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
