namespace Kontinue.Resources;

/// <summary>
/// A wait of an execution for a time or for somebody, as a resource of its own. It is gone when the wait has ended. Of an execution that
/// waits for more than 50 things, only those that <see cref="ExecutionStatus.WaitingFor"/> tells of are there.
/// </summary>
public sealed record Suspension
{
    /// <summary>The kind.</summary>
    public const string DefaultKind = "Suspension";

    /// <summary>Always <see cref="Execution.DefaultApiVersion"/>.</summary>
    public string ApiVersion { get; init; } = Execution.DefaultApiVersion;

    /// <summary>Always <see cref="DefaultKind"/>.</summary>
    public string Kind { get; init; } = DefaultKind;

    /// <summary>A name made of the execution's and the wait's (<see cref="SuspensionName"/>); the execution is its owner.</summary>
    public required ObjectMetadata Metadata { get; init; }

    /// <summary>What is waited for.</summary>
    public required SuspensionSpec Spec { get; init; }
}

/// <summary>What a suspension waits for.</summary>
public sealed record SuspensionSpec
{
    /// <summary>The execution that waits.</summary>
    public required string Execution { get; init; }

    /// <summary>Its function.</summary>
    public required string Function { get; init; }

    /// <summary>What the function calls the wait, such as <c>approval</c> or <c>sleep#2</c>: the name to resume it by.</summary>
    public required string Wait { get; init; }

    /// <summary>Sleep or Suspend.</summary>
    public required string Type { get; init; }

    /// <summary>When a sleep ends, or the deadline of a wait for somebody; absent: open-ended.</summary>
    public DateTimeOffset? ResumeAt { get; init; }

    /// <summary>What its author says of it.</summary>
    public string? Description { get; init; }
}

/// <summary>A page of suspensions.</summary>
public sealed record SuspensionList
{
    /// <summary>Always <see cref="Execution.DefaultApiVersion"/>.</summary>
    public string ApiVersion { get; init; } = Execution.DefaultApiVersion;

    /// <summary>Always <c>SuspensionList</c>.</summary>
    public string Kind { get; init; } = "SuspensionList";

    /// <summary>Version and continuation.</summary>
    public ListMetadata Metadata { get; init; } = new();

    /// <summary>The suspensions, in the order of their executions.</summary>
    public required IReadOnlyList<Suspension> Items { get; init; }
}
