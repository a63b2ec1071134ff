using System.Security.Cryptography;
using System.Text;

namespace Kontinue.Resources;

/// <summary>
/// How suspensions are named: the execution's name, a dot, and a DNS label made of the wait's name. A name says which execution it
/// belongs to, so that a suspension is found without a search.
/// </summary>
public static class SuspensionName
{
    /// <summary>The longest name: an execution's, the dot, and a label.</summary>
    public const int MaxLength = 253 + 1 + MaxLabel;

    private const int MaxLabel = 63;
    private const int MaxReadable = 40;
    private const int HashLength = 10;

    /// <summary>Makes a name.</summary>
    /// <param name="execution">The execution's name.</param>
    /// <param name="wait">
    /// The wait's. <c>approval</c> stays as it is, <c>sleep#2</c> becomes <c>sleep--2</c>; of others what is not allowed in a name is
    /// left out, and a hash is appended that tells them apart.
    /// </param>
    public static string Of(string execution, string wait)
    {
        ArgumentNullException.ThrowIfNull(execution);
        ArgumentNullException.ThrowIfNull(wait);
        int at = wait.IndexOf('#', StringComparison.Ordinal);
        string name = at < 0 ? wait : wait[..at];
        return IsReadable(name) && (at < 0 || wait.AsSpan(at + 1) is { Length: > 0 and <= 9 } number && !number.ContainsAnyExceptInRange('0', '9'))
            ? $"{execution}.{name}{(at < 0 ? "" : "--" + wait[(at + 1)..])}"
            : $"{execution}.{Slug(wait)}";
    }

    /// <summary>Finds the execution that a suspension of this name belongs to, if there is one.</summary>
    /// <param name="name">A suspension's name.</param>
    /// <returns>The execution's name; null when no suspension can be called so.</returns>
    public static string? ExecutionOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int at = name.LastIndexOf('.');
        return at > 0 && at < name.Length - 1 && name.Length <= MaxLength ? name[..at] : null;
    }

    /// <summary>A uid that stays the same as long as the wait does.</summary>
    /// <param name="execution">The execution's uid.</param>
    /// <param name="wait">The wait's name.</param>
    public static Guid Uid(Guid execution, string wait)
    {
        ArgumentNullException.ThrowIfNull(wait);
        byte[] name = [.. execution.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(wait)];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(name, hash);

        // RFC 9562, version 8: made in a way of one's own.
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>Two hyphens in a row are kept for the number of an occurrence.</summary>
    private static bool IsReadable(string name) =>
        name.Length is > 0 and <= MaxReadable && name[0] != '-' && name[^1] != '-' &&
        !name.Contains("--", StringComparison.Ordinal) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static string Slug(string wait)
    {
        var slug = new StringBuilder();
        foreach (char c in wait)
        {
            char lower = char.ToLowerInvariant(c);
            if (char.IsAsciiLetterLower(lower) || char.IsAsciiDigit(lower))
            {
                slug.Append(lower);
            }
            else if (slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }

            if (slug.Length == MaxReadable)
            {
                break;
            }
        }

        string readable = slug.ToString().Trim('-');
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(wait)))[..HashLength];
        return readable.Length == 0 ? "w--" + hash : $"{readable}--x{hash}";
    }
}
