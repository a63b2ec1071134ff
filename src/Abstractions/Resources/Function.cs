using System.Text.Json.Serialization;

namespace Kontinue.Resources;

/// <summary>A registered function, as the API shows it. Read-only: functions are registered by code.</summary>
public sealed record Function
{
    /// <summary>The kind.</summary>
    public const string DefaultKind = "Function";

    /// <summary>Always <see cref="Execution.DefaultApiVersion"/>.</summary>
    public string ApiVersion { get; init; } = Execution.DefaultApiVersion;

    /// <summary>Always <see cref="DefaultKind"/>.</summary>
    public string Kind { get; init; } = DefaultKind;

    /// <summary>The name. Functions belong to no namespace.</summary>
    public required ObjectMetadata Metadata { get; init; }

    /// <summary>What is known of it.</summary>
    public required FunctionSpec Spec { get; init; }
}

/// <summary>What is known of a function.</summary>
public sealed record FunctionSpec
{
    /// <summary>What it does, for people.</summary>
    public string? Description { get; init; }

    /// <summary>The group of silos that run it; absent when several do.</summary>
    public string? WorkerGroup { get; init; }

    /// <summary>
    /// The groups that run it, in ordinal order, when several do: executions must then say which one they mean. What else is known of it is
    /// what a silo of one of them registered last.
    /// </summary>
    public IReadOnlyList<string>? WorkerGroups { get; init; }

    /// <summary>The JSON schema of its arguments, made from the argument type; absent when it takes none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonPayload Arguments { get; init; }

    /// <summary>The JSON schema of its result; absent when it returns none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonPayload Result { get; init; }

    /// <summary>The retry of executions that say none themselves.</summary>
    public RetrySpec? Retry { get; init; }

    /// <summary>The timeouts of executions that say none themselves.</summary>
    public TimeoutSpec? Timeout { get; init; }

    /// <summary>How long executions that say nothing of it are kept after their end; absent: for good. Children go with their root.</summary>
    public TtlSpec? Ttl { get; init; }

    /// <summary>How many of its executions may be under way at once; absent when nothing limits them.</summary>
    public ConcurrencySpec? Concurrency { get; init; }
}

/// <summary>How many executions of a function may be under way at once, over all silos of its worker group.</summary>
public sealed record ConcurrencySpec
{
    /// <summary>All of the function. Default: no limit.</summary>
    public int? Limit { get; init; }

    /// <summary>Those with the same concurrency key in a namespace. Default 1.</summary>
    public int? KeyLimit { get; init; }
}

/// <summary>All functions.</summary>
public sealed record FunctionList
{
    /// <summary>Always <see cref="Execution.DefaultApiVersion"/>.</summary>
    public string ApiVersion { get; init; } = Execution.DefaultApiVersion;

    /// <summary>Always <c>FunctionList</c>.</summary>
    public string Kind { get; init; } = "FunctionList";

    /// <summary>The version.</summary>
    public ListMetadata Metadata { get; init; } = new();

    /// <summary>The functions, by name.</summary>
    public required IReadOnlyList<Function> Items { get; init; }
}
