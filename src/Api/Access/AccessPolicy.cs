using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;

namespace Kontinue.Api.Access;

/// <summary>A token that is known by its hash.</summary>
/// <param name="Hash">SHA-256 of the token.</param>
/// <param name="Name">Who has it.</param>
/// <param name="Groups">The groups of the one who has it.</param>
/// <param name="Grants">What he may do with it, besides what users and groups may.</param>
internal sealed record KnownToken(byte[] Hash, string Name, string[] Groups, Grant[] Grants);

/// <summary>What the tokens file or the bindings file says. It never changes; a changed file makes a new one.</summary>
internal sealed class AccessPolicy
{
    private readonly Dictionary<ulong, List<(byte[] Hash, Caller Caller)>> _tokens = [];
    private readonly IReadOnlyDictionary<string, Grant[]> _users;
    private readonly IReadOnlyDictionary<string, Grant[]> _groups;

    public AccessPolicy(IReadOnlyList<KnownToken> tokens, IReadOnlyDictionary<string, Grant[]> users, IReadOnlyDictionary<string, Grant[]> groups)
    {
        (_users, _groups, TokenCount) = (users, groups, tokens.Count);
        foreach (KnownToken token in tokens)
        {
            ulong bucket = BucketOf(token.Hash);
            if (!_tokens.TryGetValue(bucket, out List<(byte[], Caller)>? list))
            {
                _tokens.Add(bucket, list = []);
            }

            list.Add((token.Hash, new Caller(token.Name, new StringValues(token.Groups), token.Grants, this)));
        }
    }

    public int TokenCount { get; }

    public Grant[] OfUser(string name) => _users.TryGetValue(name, out Grant[]? grants) ? grants : [];

    public Grant[] OfGroup(string name) => _groups.TryGetValue(name, out Grant[]? grants) ? grants : [];

    /// <summary>Finds the one who has a token by the token's hash.</summary>
    /// <remarks>
    /// The time of the look-up by the first bytes tells something about hashes, not about tokens: nobody can steer the hash of a token that
    /// he guesses. The whole is compared in constant time.
    /// </remarks>
    public Caller? Find(ReadOnlySpan<byte> hash)
    {
        if (!_tokens.TryGetValue(BucketOf(hash), out List<(byte[] Hash, Caller Caller)>? list))
        {
            return null;
        }

        Caller? found = null;
        foreach ((byte[] known, Caller caller) in list)
        {
            found = CryptographicOperations.FixedTimeEquals(known, hash) ? caller : found;
        }

        return found;
    }

    private static ulong BucketOf(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadUInt64LittleEndian(hash);
}
