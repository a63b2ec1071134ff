namespace Kontinue.Client;

/// <summary>How to delete an execution.</summary>
public sealed record DeleteRequest
{
    /// <summary>Whether what it started is left alone. Default false: the whole tree goes.</summary>
    public bool Orphan { get; init; }

    /// <summary>
    /// Whether it is deleted at once, without a chance for its function to clean up; whatever it does next is refused by the store.
    /// Default false: it is canceled, and deleted when it has ended.
    /// </summary>
    public bool Force { get; init; }

    /// <summary>Only if it has this uid.</summary>
    public Guid? Uid { get; init; }

    /// <summary>Only if it has this version.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Whether nothing is done but the checks.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What became of one of several executions that were to be created.</summary>
/// <param name="Execution">It, when it was created, or when an earlier attempt of the same request had created it.</param>
/// <param name="Error">Why not, otherwise.</param>
public readonly record struct CreateOutcome(Kontinue.Resources.Execution? Execution, KontinueException? Error);
