using System.Text.Json;
using Kontinue.Engine;
using Kontinue.Resources;

namespace Kontinue.Api.Access;

/// <summary>Reads the tokens file and the bindings file; both have one form.</summary>
internal static class AccessPolicyReader
{
    private const int MaxEntries = 10_000;
    private const int MaxNameLength = 256;
    private const int HashBytes = 32;

    /// <summary>SHA-256 of nothing: what a script writes whose variable was empty.</summary>
    private const string HashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /// <summary>Reads a file's content.</summary>
    /// <exception cref="FormatException">It cannot be used; the message says where.</exception>
    public static AccessPolicy Read(ReadOnlySpan<byte> utf8, bool needsTokens)
    {
        PolicyFile file;
        try
        {
            file = JsonSerializer.Deserialize(utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8, ResourceJson.Strict<PolicyFile>())
                ?? throw new FormatException("it is null; it must be an object with \"tokens\" and \"bindings\"");
        }
        catch (JsonException e)
        {
            throw new FormatException(e.Message, e);
        }

        Require(file.Tokens.Count <= MaxEntries, "tokens", $"there are {file.Tokens.Count:N0}; at most {MaxEntries:N0} are read");
        Require(file.Bindings.Count <= MaxEntries, "bindings", $"there are {file.Bindings.Count:N0}; at most {MaxEntries:N0} are read");
        Require(!needsTokens || file.Tokens.Count > 0, "tokens", "there are none, so that nobody could do anything");
        return new AccessPolicy(ReadTokens(file.Tokens), ReadSubjects(file.Bindings, b => b.User), ReadSubjects(file.Bindings, b => b.Group));
    }

    private static List<KnownToken> ReadTokens(IReadOnlyList<TokenEntry> entries)
    {
        var tokens = new List<KnownToken>(entries.Count);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < entries.Count; i++)
        {
            (TokenEntry entry, string at) = (NotNull(entries[i], $"tokens[{i}]"), $"tokens[{i}]");
            RequireName(entry.Name, $"{at}.name");
            Require(
                entry.Sha256.Length == HashBytes * 2 && entry.Sha256.All(char.IsAsciiHexDigit), $"{at}.sha256",
                "it must have 64 hexadecimal digits: the SHA-256 of the token, never the token itself");
            Require(!entry.Sha256.Equals(HashOfNothing, StringComparison.OrdinalIgnoreCase), $"{at}.sha256", "this is the hash of an empty token");
            Require(seen.Add(entry.Sha256), $"{at}.sha256", "another token has the same hash");
            for (int g = 0; g < entry.Groups.Count; g++)
            {
                RequireName(NotNull(entry.Groups[g], $"{at}.groups[{g}]"), $"{at}.groups[{g}]");
            }

            Grant[] grants = [.. entry.Bindings.Select((b, n) => ReadGrant(NotNull(b, $"{at}.bindings[{n}]"), $"{at}.bindings[{n}]"))];
            tokens.Add(new KnownToken(Convert.FromHexString(entry.Sha256), entry.Name, [.. entry.Groups], grants));
        }

        return tokens;
    }

    private static Dictionary<string, Grant[]> ReadSubjects(IReadOnlyList<BindingEntry> entries, Func<BindingEntry, string?> subject)
    {
        var grants = new Dictionary<string, List<Grant>>(StringComparer.Ordinal);
        for (int i = 0; i < entries.Count; i++)
        {
            (BindingEntry entry, string at) = (NotNull(entries[i], $"bindings[{i}]"), $"bindings[{i}]");
            Require(entry.User is null != entry.Group is null, at, "it must have either \"user\" or \"group\"");
            Grant grant = ReadGrant(entry, at);
            if (subject(entry) is not { } name)
            {
                continue;
            }

            RequireName(name, at);
            if (!grants.TryGetValue(name, out List<Grant>? list))
            {
                grants.Add(name, list = []);
            }

            list.Add(grant);
        }

        return grants.ToDictionary(g => g.Key, g => g.Value.ToArray(), StringComparer.Ordinal);
    }

    private static Grant ReadGrant(RoleEntry entry, string at)
    {
        (string ns, string role) = (entry.Namespace, entry.Role);
        Require(ns is Grant.AllNamespaces || Names.IsNamespace(ns), $"{at}.namespace", $"'{ns}' is neither * nor a namespace. {Names.NamespaceRule}");
        return new Grant(ns, role switch
        {
            "viewer" => AccessRole.Viewer,
            "operator" => AccessRole.Operator,
            "admin" => AccessRole.Admin,
            _ => throw new FormatException($"{at}.role: '{role}' is not a role; roles are viewer, operator and admin"),
        });
    }

    private static void RequireName(string name, string at) => Require(
        name.Length is > 0 and <= MaxNameLength && !name.Any(char.IsControl) && name is not Caller.AnonymousName, at,
        $"a name has 1 to {MaxNameLength} characters, no control characters, and is not {Caller.AnonymousName}");

    /// <summary>The deserializer keeps nulls out of fields, but not out of lists.</summary>
    private static T NotNull<T>(T? entry, string at)
        where T : class => entry ?? throw new FormatException($"{at}: it is null");

    private static void Require(bool condition, string at, string problem)
    {
        if (!condition)
        {
            throw new FormatException($"{at}: {problem}");
        }
    }

    private sealed record PolicyFile
    {
        public IReadOnlyList<TokenEntry> Tokens { get; init; } = [];

        public IReadOnlyList<BindingEntry> Bindings { get; init; } = [];
    }

    private sealed record TokenEntry
    {
        public required string Name { get; init; }

        public required string Sha256 { get; init; }

        public IReadOnlyList<string> Groups { get; init; } = [];

        public IReadOnlyList<RoleEntry> Bindings { get; init; } = [];
    }

    private record RoleEntry
    {
        public required string Namespace { get; init; }

        public required string Role { get; init; }
    }

    private sealed record BindingEntry : RoleEntry
    {
        public string? User { get; init; }

        public string? Group { get; init; }
    }
}
