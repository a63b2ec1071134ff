using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Kontinue.Engine.Jobs;

/// <summary>What a gateway is asked to run.</summary>
public sealed record JobRequest
{
    /// <summary>The job: unique over time.</summary>
    public required JobId Id { get; init; }

    /// <summary>Whether the function asked for a job or for a pod.</summary>
    public required JobKind Kind { get; init; }

    /// <summary>What the function calls it, such as <c>build</c> or <c>build#2</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Whose job it is. Its namespace is that of the job.</summary>
    public required ExecutionKey Execution { get; init; }

    /// <summary>The execution's uid.</summary>
    public required Guid ExecutionUid { get; init; }

    /// <summary>The execution's function.</summary>
    public required string Function { get; init; }

    /// <summary>What to run. That of a pod has no further tries.</summary>
    public required JobSpec Spec { get; init; }

    /// <summary>The name of the silo that recorded the start, and was the first to call the gateway or died before it could.</summary>
    public required string Silo { get; init; }

    /// <summary>When the start was recorded.</summary>
    public required DateTimeOffset RecordedAt { get; init; }
}

/// <summary>What a function asked for.</summary>
public enum JobKind
{
    /// <summary>A job.</summary>
    Job = 0,

    /// <summary>A pod.</summary>
    Pod = 1,
}

/// <summary>A job's id: the same whenever it is made for the same operation of the same attempt.</summary>
public readonly record struct JobId(Guid Value)
{
    /// <summary>The id of a job.</summary>
    /// <param name="execution">The execution's uid.</param>
    /// <param name="operation">Name and occurrence.</param>
    /// <param name="attempt">The attempt that starts it. One that keeps the outcome of an earlier attempt starts nothing.</param>
    /// <param name="run">How often the function continued as new.</param>
    public static JobId For(Guid execution, string operation, int attempt, int run) => new(Hash($"{execution:N}/job/{operation}/{attempt}/{run}"));

    /// <summary>The id of the message that tells its end, so that one that is told twice counts once.</summary>
    public Guid EndMessage => Hash($"{Value:N}/ended");

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("N");

    // RFC 9562, version 8.
    private static Guid Hash(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        BinaryPrimitives.WriteUInt16BigEndian(hash[6..], (ushort)((BinaryPrimitives.ReadUInt16BigEndian(hash[6..]) & 0x0FFF) | 0x8000));
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
