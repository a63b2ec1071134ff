using System.Text.Json.Serialization;

namespace Kontinue.Resources;

/// <summary>The body of <c>executions/{name}/resume</c>.</summary>
public sealed record ResumeRequest
{
    /// <summary>The suspension's name, such as <c>approval</c> or <c>sleep#2</c>. Absent: the only one there is.</summary>
    public string? Suspension { get; init; }

    /// <summary>What the suspension returns.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonPayload Payload { get; init; }
}

/// <summary>The body of <c>executions/{name}/cancel</c>.</summary>
public sealed record CancelRequest
{
    /// <summary>Why, for people.</summary>
    public string? Reason { get; init; }
}

/// <summary>The body of <c>executions/{name}/events</c>.</summary>
public sealed record EventRequest
{
    /// <summary>The event's name.</summary>
    public required string Name { get; init; }

    /// <summary>What comes with it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonPayload Payload { get; init; }
}

/// <summary>The body of <c>executions/{name}/retry</c>.</summary>
public sealed record RetryRequest
{
    /// <summary>
    /// What becomes of children that failed or were canceled. Default RetryFailed, whatever the spec says: a retry that somebody asks
    /// for would otherwise meet the same failure again.
    /// </summary>
    public ChildPolicy? ChildPolicy { get; init; }
}

/// <summary>The body of <c>executions/{name}/skip</c>.</summary>
public sealed record SkipRequest
{
    /// <summary>What a parent gets as the result. Default: null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonPayload Result { get; init; }

    /// <summary>Why, for people.</summary>
    public string? Reason { get; init; }
}

/// <summary>The body of <c>executions/{name}/resubmit</c>.</summary>
public sealed record ResubmitRequest
{
    /// <summary>The new execution's name. Default: made from the old one's.</summary>
    public string? Name { get; init; }
}
