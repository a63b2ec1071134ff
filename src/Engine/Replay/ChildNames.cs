using System.Security.Cryptography;
using System.Text;

namespace Kontinue.Engine.Replay;

/// <summary>Names for children whose parent gives them none: the same on every replay, and free unless somebody means harm.</summary>
internal static class ChildNames
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private const int HashLength = 10;
    private const int MaxParentLength = 253 - 63 - HashLength - 2;

    /// <summary>
    /// A name given by the author, with the attempt and the run behind it from the second on: the child of the first has the name.
    /// </summary>
    public static string Again(string name, int attempt, int run) => (attempt, run) switch
    {
        (1, 0) => name,
        (_, 0) => $"{name}-{attempt}",
        _ => $"{name}-{attempt}-{run}",
    };

    /// <summary><c>parent-function-hash</c>; the hash covers the parent's uid, the operation, the attempt and the run.</summary>
    public static string For(ExecutionInfo parent, string function, string operation, int attempt, int run)
    {
        ReadOnlySpan<char> prefix = parent.Name.AsSpan(0, Math.Min(parent.Name.Length, MaxParentLength)).TrimEnd("-.");
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{parent.Uid:N}/{operation}/{attempt}/{run}"), hash);
        Span<char> suffix = stackalloc char[HashLength];
        for (int i = 0; i < HashLength; i++)
        {
            suffix[i] = Alphabet[hash[i] & 31];
        }

        return $"{prefix}-{function}-{suffix}";
    }
}
