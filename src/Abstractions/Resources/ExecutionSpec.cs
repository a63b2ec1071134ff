using System.Text.Json.Serialization;

namespace Kontinue.Resources;

/// <summary>What shall run, and how.</summary>
public sealed record ExecutionSpec
{
    /// <summary>The registered function's name.</summary>
    public required string Function { get; init; }

    /// <summary>A JSON object; default <c>{}</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonPayload Arguments { get; init; }

    /// <summary>The group of silos that shall run it; may be left out when only one group has the function.</summary>
    public string? WorkerGroup { get; init; }

    /// <summary>Default: the function's own, and no retry when it has none.</summary>
    public RetrySpec? Retry { get; init; }

    /// <summary>Default: the function's own, and no timeouts when it has none.</summary>
    public TimeoutSpec? Timeout { get; init; }

    /// <summary>Lets one execution in at a time for each name and namespace. Default: none.</summary>
    public MutexSpec? Mutex { get; init; }

    /// <summary>
    /// Which executions are let in first when not all can be: 1 (first) to 5. Default 3. Waiting makes up for it, so nothing waits for ever.
    /// </summary>
    public int? Priority { get; init; }

    /// <summary>
    /// Executions of one namespace with the same key share the limit that their function sets for a key. 1 to 253 characters. Default: none.
    /// </summary>
    public string? ConcurrencyKey { get; init; }

    /// <summary>How long it is kept after its end. Default: for ever. Only a root's counts: what it started goes with it.</summary>
    public TtlSpec? Ttl { get; init; }
}

/// <summary>A mutex.</summary>
public sealed record MutexSpec
{
    /// <summary>
    /// Its name: 1 to 253 characters. An execution holds it from its first start until it has ended in any way, also while it is
    /// suspended and when another silo takes it over.
    /// </summary>
    public required string Name { get; init; }
}

/// <summary>Retry of an execution.</summary>
public sealed record RetrySpec
{
    /// <summary>Further attempts after the first: 0 or more. Default 0.</summary>
    public int Retries { get; init; }

    /// <summary>The wait between attempts. Default 5s.</summary>
    // Written also when it is zero, because zero is not the default.
    [JsonConverter(typeof(DurationConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest wait. Default: none.</summary>
    [JsonConverter(typeof(NullableDurationConverter))]
    public TimeSpan? MaxBackoff { get; init; }

    /// <summary>Each wait is this many times the one before: at least 1. Default 1.</summary>
    public double Multiplier { get; init; } = 1;

    /// <summary>The share of each wait that is random: 0 to 1. Default 0.</summary>
    public double Jitter { get; init; }

    /// <summary>What a retry does with the children of the attempts before. Default None.</summary>
    public ChildPolicy ChildPolicy { get; init; }

    /// <summary>The same as a policy.</summary>
    public RetryPolicy ToPolicy() => new()
    {
        MaxAttempts = Retries + 1, Backoff = Backoff, MaxBackoff = MaxBackoff, Multiplier = Multiplier, Jitter = Jitter,
    };

    /// <summary>The spec of a policy.</summary>
    public static RetrySpec From(RetryPolicy policy, ChildPolicy childPolicy = ChildPolicy.None) => new()
    {
        Retries = policy.MaxAttempts - 1, Backoff = policy.Backoff, MaxBackoff = policy.MaxBackoff,
        Multiplier = policy.Multiplier, Jitter = policy.Jitter, ChildPolicy = childPolicy,
    };
}

/// <summary>Timeouts of an execution.</summary>
public sealed record TimeoutSpec
{
    /// <summary>How long one attempt may take; starts anew with each attempt. Retryable. Default: none.</summary>
    [JsonConverter(typeof(NullableDurationConverter))]
    public TimeSpan? Attempt { get; init; }

    /// <summary>How long all attempts together may take, from the first start. Not retryable. Default: none.</summary>
    [JsonConverter(typeof(NullableDurationConverter))]
    public TimeSpan? Overall { get; init; }
}

/// <summary>How long an execution is kept after its end. May be changed later, also for one that has ended.</summary>
public sealed record TtlSpec
{
    /// <summary>When it is archived, counted from its end. Default: never.</summary>
    [JsonConverter(typeof(NullableDurationConverter))]
    public TimeSpan? ArchiveAfter { get; init; }

    /// <summary>When it is deleted with all that it started, counted from its end. Default: never.</summary>
    [JsonConverter(typeof(NullableDurationConverter))]
    public TimeSpan? DeleteAfter { get; init; }
}
