using System.Text.Json.Serialization;

namespace Kontinue.Resources;

/// <summary>
/// A tree of executions that has ended and been archived. Its name is made of the root's and the root's uid (<see cref="NameOf"/>), because other
/// executions, also archived ones, may have had the root's name before and after it.
/// </summary>
public sealed record ArchivedExecution
{
    /// <summary>The kind.</summary>
    public const string DefaultKind = "ArchivedExecution";

    /// <summary>Always <see cref="Execution.DefaultApiVersion"/>.</summary>
    public string ApiVersion { get; init; } = Execution.DefaultApiVersion;

    /// <summary>Always <see cref="DefaultKind"/>.</summary>
    public string Kind { get; init; } = DefaultKind;

    /// <summary>The root's namespace, uid, labels and creation time, a name of its own, and the version of the archived tree.</summary>
    public required ObjectMetadata Metadata { get; init; }

    /// <summary>What was archived.</summary>
    public required ArchivedExecutionSpec Spec { get; init; }

    /// <summary>What is known of the tree.</summary>
    public required ArchivedExecutionStatus Status { get; init; }

    /// <summary>The root as it was when it was archived, with its arguments, its result and its error. Absent in lists.</summary>
    public Execution? Root { get; init; }

    /// <summary>The root's address.</summary>
    [JsonIgnore]
    public ExecutionKey Key => new(Metadata.Namespace ?? ExecutionKey.DefaultNamespace, Spec.Execution);

    /// <summary>The name of an archived execution.</summary>
    /// <param name="execution">The root's name.</param>
    /// <param name="uid">The root's uid.</param>
    public static string NameOf(string execution, Guid uid) => $"{execution}.{uid:D}";

    /// <summary>Reads a name: the root's, with or without the uid. Without it, the youngest of that name is meant.</summary>
    public static (string Execution, Guid? Uid) ParseName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int dot = name.LastIndexOf('.');
        return dot > 0 && Guid.TryParseExact(name.AsSpan(dot + 1), "D", out Guid uid) ? (name[..dot], uid) : (name, null);
    }
}

/// <summary>What was archived.</summary>
public sealed record ArchivedExecutionSpec
{
    /// <summary>The root's name.</summary>
    public required string Execution { get; init; }

    /// <summary>The root's function.</summary>
    public required string Function { get; init; }
}

/// <summary>What is known of an archived tree.</summary>
public sealed record ArchivedExecutionStatus
{
    /// <summary>How the root ended.</summary>
    public required ExecutionPhase Phase { get; init; }

    /// <summary>How many executions the tree has, the root counted.</summary>
    public required int Executions { get; init; }

    /// <summary>How many bytes it takes, compressed.</summary>
    public required long Bytes { get; init; }

    /// <summary>When the root ended.</summary>
    public required DateTimeOffset FinishedAt { get; init; }

    /// <summary>When the tree was archived.</summary>
    public required DateTimeOffset ArchivedAt { get; init; }

    /// <summary>When it is deleted from the archive; absent: never.</summary>
    public DateTimeOffset? DeleteAt { get; init; }
}

/// <summary>A page of archived executions.</summary>
public sealed record ArchivedExecutionList
{
    /// <summary>Always <see cref="Execution.DefaultApiVersion"/>.</summary>
    public string ApiVersion { get; init; } = Execution.DefaultApiVersion;

    /// <summary>Always <c>ArchivedExecutionList</c>.</summary>
    public string Kind { get; init; } = "ArchivedExecutionList";

    /// <summary>Version and continuation.</summary>
    public ListMetadata Metadata { get; init; } = new();

    /// <summary>The archived executions, by namespace, name and uid.</summary>
    public required IReadOnlyList<ArchivedExecution> Items { get; init; }
}

/// <summary>A line of an archived tree: an execution, or an entry of the journal of the execution that came last.</summary>
/// <remarks>
/// An execution comes before what it started, which names it in its owner references. When an execution was retried after it had been archived and
/// before it was gone, it comes twice, and the one that comes first counts.
/// </remarks>
public sealed record ArchivedTreeLine
{
    /// <summary>An execution as it was when it was archived.</summary>
    public Execution? Execution { get; init; }

    /// <summary>What the execution that came last has recorded.</summary>
    public JournalEntry? Entry { get; init; }
}
