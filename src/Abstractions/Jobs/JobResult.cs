using System.Text.Json.Serialization;

namespace Kontinue;

/// <summary>How a job or a pod ended.</summary>
public enum JobOutcome
{
    /// <summary>All of its containers ended with 0.</summary>
    Succeeded = 0,

    /// <summary>Its last try failed.</summary>
    Failed = 1,

    /// <summary>It ran longer than <see cref="WorkSpec.ActiveDeadline"/>.</summary>
    DeadlineExceeded = 2,

    /// <summary>Somebody stopped it.</summary>
    Stopped = 3,

    /// <summary>Nobody can tell how it ended: what ran it is gone.</summary>
    Lost = 4,

    /// <summary>It was not run: the gateway cannot run such a job, or there is none.</summary>
    Rejected = 5,
}

/// <summary>What became of a job or a pod.</summary>
public sealed record JobResult
{
    /// <summary>The longest message that is kept, in characters; longer ones are cut.</summary>
    public const int MaxMessageLength = 4096;

    /// <summary>The most log lines that are kept; of more, the last.</summary>
    public const int MaxLogLines = 1000;

    /// <summary>The most characters of log lines that are kept, all together; of more, the last.</summary>
    public const int MaxLogLength = 64 * 1024;

    /// <summary>The most containers that are told of.</summary>
    public const int MaxContainers = 100;

    /// <summary>How it ended.</summary>
    public required JobOutcome Outcome { get; init; }

    /// <summary>Why, for people.</summary>
    public string? Message { get; init; }

    /// <summary>How its containers ended in the last try.</summary>
    public IReadOnlyList<ContainerResult> Containers { get; init; } = [];

    /// <summary>The last lines of what the last try wrote to standard output and standard error.</summary>
    public IReadOnlyList<string> LogLines { get; init; } = [];

    /// <summary>How often it was tried.</summary>
    public int Tries { get; init; }

    /// <summary>When its first try began; null: it did not begin.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Where the time went.</summary>
    public JobTimings Timings { get; init; } = new();

    /// <summary>Whether it succeeded.</summary>
    [JsonIgnore]
    public bool Succeeded => Outcome == JobOutcome.Succeeded;
}

/// <summary>How a container ended.</summary>
/// <param name="Name">Its name; that of the spec is <c>main</c>.</param>
/// <param name="ExitCode">Its exit code; null when it is not known.</param>
public sealed record ContainerResult(string Name, int? ExitCode);

/// <summary>Where the time of a job went. What is not known, or does not exist where it ran, is null.</summary>
public sealed record JobTimings
{
    /// <summary>
    /// The time from one moment to another, as it can be written: whole microseconds, and zero when a clock was set back in between.
    /// </summary>
    public static TimeSpan? Between(DateTimeOffset? from, DateTimeOffset? to) => Round(to - from);

    /// <inheritdoc cref="Between"/>
    public static TimeSpan? Round(TimeSpan? time) =>
        time is not { } span ? null : span <= TimeSpan.Zero ? TimeSpan.Zero : span - TimeSpan.FromTicks(span.Ticks % TimeSpan.TicksPerMicrosecond);

    /// <summary>From its acceptance until the gateway had room for it.</summary>
    [JsonConverter(typeof(NullableDurationConverter))]
    public TimeSpan? Queue { get; init; }

    /// <summary>Until a machine was found for it.</summary>
    [JsonConverter(typeof(NullableDurationConverter))]
    public TimeSpan? Schedule { get; init; }

    /// <summary>Until its image was there.</summary>
    [JsonConverter(typeof(NullableDurationConverter))]
    public TimeSpan? Pull { get; init; }

    /// <summary>From the start of the first try to the end of the last.</summary>
    [JsonConverter(typeof(NullableDurationConverter))]
    public TimeSpan? Run { get; init; }
}
