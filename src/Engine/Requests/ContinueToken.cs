using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Kontinue.Client;

namespace Kontinue.Engine.Requests;

/// <summary>Where a list goes on. Opaque to callers, and good for a list of the same selection only.</summary>
/// <param name="Version">The version of the store before the first page: a watch from it misses nothing of what any page left out.</param>
/// <param name="After">The address looked at last.</param>
/// <param name="Uid">Its uid, in lists where several may have one address.</param>
internal readonly record struct ContinueToken(long Version, ExecutionKey After, Guid? Uid = null)
{
    private const int MaxLength = 1024;
    private const int HashBytes = 9;

    /// <summary>The token of a list of a kind.</summary>
    public string Write(string kind, ExecutionSelector selector) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"v2:{Version}:{Hash(kind, selector)}:{After.Namespace}/{After.Name}{(Uid is { } uid ? $"/{uid:D}" : "")}")));

    /// <summary>Reads a token; null when there is none: the list begins.</summary>
    /// <exception cref="InvalidRequestException">It was not made here, or for another list.</exception>
    public static ContinueToken? Read(string? token, string kind, ExecutionSelector selector)
    {
        if (string.IsNullOrEmpty(token))
        {
            return null;
        }

        if (Decode(token)?.Split(':', '/') is not ["v2", var version, var hash, var ns, var name, .. var rest] || !Names.IsNamespace(ns) ||
            !Names.IsExecutionName(name) || !TryReadUid(rest, out Guid? uid) || !long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
        {
            throw new InvalidRequestException("continue", "The continuation is not one that a list has returned. Start again without it.");
        }

        return string.Equals(hash, Hash(kind, selector), StringComparison.Ordinal)
            ? new ContinueToken(number, new ExecutionKey(ns, name), uid)
            : throw new InvalidRequestException(
                "continue",
                "The continuation belongs to a list of another selection. Repeat the namespace and the selectors of the first page, or start again without it.");
    }

    private static bool TryReadUid(string[] rest, out Guid? uid)
    {
        uid = rest is [var text] && Guid.TryParseExact(text, "D", out Guid read) ? read : null;
        return rest.Length == 0 || uid is not null;
    }

    private static string? Decode(string token)
    {
        try
        {
            return token.Length <= MaxLength ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string Hash(string kind, ExecutionSelector selector)
    {
        string phases = selector.Phases is { } set ? string.Join(',', set.Select(phase => phase.ToString()).Order(StringComparer.Ordinal)) : "*";
        IEnumerable<string> labels = (selector.Labels ?? []).Select(Describe).Order(StringComparer.Ordinal);

        // Lines cannot be forged: of all that is joined here, nothing valid contains a line break.
        string text = string.Join('\n', [
            kind, selector.Namespace, selector.Name, selector.Function, selector.ParentUid?.ToString(), phases, .. labels,
        ]);
        return Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, HashBytes));
    }

    private static string Describe(LabelRequirement requirement) =>
        $"{requirement.Key} {requirement.Operator} {string.Join(',', requirement.Values.Order(StringComparer.Ordinal))}";
}
