using System.Text.Json.Serialization;

namespace Kontinue.Resources;

/// <summary>What became of an execution.</summary>
public sealed record ExecutionStatus
{
    /// <summary>Where it is in its life.</summary>
    public ExecutionPhase Phase { get; init; }

    /// <summary>What the function returned; absent until it completed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonPayload Result { get; init; }

    /// <summary>The last failure, of the execution or of its last attempt.</summary>
    public ExecutionError? Error { get; init; }

    /// <summary>
    /// Values of finished steps by name. Only on a single get, and from the first 50,000 entries and 64 MiB of the journal: the journal
    /// itself has them all.
    /// </summary>
    public IReadOnlyDictionary<string, JsonPayload>? State { get; init; }

    /// <summary>Attempts started so far.</summary>
    public int Attempts { get; init; }

    /// <summary>How often another owner picked it up.</summary>
    public int Resumptions { get; init; }

    /// <summary>Children. Only on a single get, and as far as <see cref="State"/> goes.</summary>
    public IReadOnlyList<ChildReference>? Children { get; init; }

    /// <summary>Jobs and pods that it has run. Only on a single get, and as far as <see cref="State"/> goes.</summary>
    public IReadOnlyList<JobReference>? Jobs { get; init; }

    /// <summary>
    /// What it waits for: the first 50, if there are more. Only on a single get and in the events of a watch. A suspension that is not
    /// told of can be resumed by its name all the same.
    /// </summary>
    public IReadOnlyList<WaitReference>? WaitingFor { get; init; }

    /// <summary>When its function first began to run.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When it will go on by itself, if it waits for a time.</summary>
    public DateTimeOffset? WakeAt { get; init; }

    /// <summary>How long it waited to be run for the first time.</summary>
    [JsonConverter(typeof(NullableDurationConverter))]
    public TimeSpan? QueuedFor { get; init; }

    /// <summary>The silo that has it.</summary>
    public string? Silo { get; init; }

    /// <summary>Why it waits, when something is in its way.</summary>
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

/// <summary>A child of an execution.</summary>
/// <param name="Name">The child's name, in the parent's namespace.</param>
/// <param name="Function">Its function.</param>
/// <param name="Phase">Pending until it has ended; then how.</param>
public sealed record ChildReference(string Name, string Function, ExecutionPhase Phase);

/// <summary>A job or a pod of an execution.</summary>
/// <param name="Name">What the function calls it.</param>
/// <param name="Kind">Job or Pod.</param>
/// <param name="Id">Its id, by which its gateway knows it.</param>
/// <param name="Phase">Executing until it has ended; then how.</param>
public sealed record JobReference(string Name, string Kind, string Id, ExecutionPhase Phase);

/// <summary>Something that an execution waits for.</summary>
/// <param name="Kind">Step, Child, Job, Pod, Sleep, Suspend, Event or Poll.</param>
/// <param name="Name">Its name.</param>
/// <param name="Until">Its due time or deadline, if any.</param>
/// <param name="Description">What its author says of it.</param>
/// <param name="Since">
/// Since when it waits; of a step, since its last attempt failed. Null where that is not on record: for an event without a deadline, and
/// in what an earlier version has stored.
/// </param>
public sealed record WaitReference(string Kind, string Name, DateTimeOffset? Until, string? Description, DateTimeOffset? Since = null);

/// <summary>Something that is in the way of an execution, as Kubernetes writes conditions.</summary>
/// <param name="Type">FunctionUnknown, Held, ...</param>
/// <param name="Status">True while it holds.</param>
/// <param name="Reason">One word.</param>
/// <param name="Message">For people: what is wrong and what would be right.</param>
/// <param name="LastTransitionTime">Since when.</param>
public sealed record Condition(string Type, string Status, string Reason, string Message, DateTimeOffset LastTransitionTime)
{
    /// <summary>No silo that is known has the function.</summary>
    public const string FunctionUnknown = "FunctionUnknown";

    /// <summary>The journal and the code disagree; it goes on after the code is fixed.</summary>
    public const string Held = "Held";

    /// <summary>Another execution holds the mutex.</summary>
    public const string MutexHeld = "MutexHeld";

    /// <summary>As many executions of its function, or with its concurrency key, have begun as may at once.</summary>
    public const string Throttled = "Throttled";
}
