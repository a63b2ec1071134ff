namespace Kontinue;

/// <summary>
/// What a job and a pod have in common: one container. The namespace is that of the execution. It is checked when it is asked for:
/// a value that cannot be is refused with an <see cref="InvalidRequestException"/> that names the field.
/// </summary>
public abstract record WorkSpec
{
    /// <summary>The container image, such as <c>registry/tool:1.2</c>. Required: 1 to 1,024 characters without white space. Local processes have none and ignore it.</summary>
    public string Image { get; init; } = "";

    /// <summary>The program and its first arguments. Default: the image's entry point, which a local process does not have. At most 1,000.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Further arguments. At most 1,000.</summary>
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>Environment variables. At most 1,000; names have no '='.</summary>
    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>An absolute path. Default: the image's; of a local process, the host's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>How long it may run, all tries together; then it is ended. Default: no limit. More than zero, at most 100 years.</summary>
    public TimeSpan? ActiveDeadline { get; init; }

    /// <summary>How long what is left of it stays after its end. Default: as the gateway has it. More than zero, at most 100 years.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>Labels of the job or pod, beside those that name its execution.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What it asks of its machine. Local processes have no such limits.</summary>
    public WorkResources Resources { get; init; } = new();
}

/// <summary>What a job asks of its machine: quantities as Kubernetes writes them, such as <c>500m</c> and <c>1Gi</c>, by resource, such as <c>cpu</c>.</summary>
public sealed record WorkResources
{
    /// <summary>What must be there.</summary>
    public IReadOnlyDictionary<string, string> Requests { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What it may not exceed.</summary>
    public IReadOnlyDictionary<string, string> Limits { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>A job: a container that is run until it succeeds or its tries are used up.</summary>
public sealed record JobSpec : WorkSpec
{
    /// <summary>How often a failed try is followed by another one. Default 0; 0 to 100.</summary>
    public int BackoffLimit { get; init; }
}

/// <summary>A pod: a container that is run once.</summary>
public sealed record PodSpec : WorkSpec;

/// <summary>How a function deals with a job or a pod.</summary>
public sealed record JobOptions
{
    /// <summary>
    /// Whether a job that did not succeed throws a <see cref="JobFailedException"/> (default), or is returned. One that could not be run at all
    /// (<see cref="JobOutcome.Rejected"/>) always throws.
    /// </summary>
    public bool ThrowOnFailure { get; init; } = true;
}
