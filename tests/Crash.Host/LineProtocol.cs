using Kontinue.Resources;

namespace Kontinue.Crash.Host;

/// <summary>A request: one line of JSON on standard input.</summary>
internal sealed record HostRequest
{
    public const string Create = "create";
    public const string Wait = "wait";
    public const string Get = "get";
    public const string Event = "event";
    public const string Resume = "resume";
    public const string Cancel = "cancel";
    public const string Journal = "journal";
    public const string List = "list";

    public required long Id { get; init; }

    public required string Operation { get; init; }

    public string Name { get; init; } = "";

    public string Function { get; init; } = "";

    /// <summary>The arguments, or the payload.</summary>
    public JsonPayload Value { get; init; }

    /// <summary>The name of the event or the suspension, or where a list goes on.</summary>
    public string? Part { get; init; }

    /// <summary>What shall run, when more is to be said of it than its function and its arguments.</summary>
    public ExecutionSpec? Spec { get; init; }

    public int WaitMs { get; init; }
}

/// <summary>The answer to a request, or <see cref="Ready"/>: one line of JSON on standard output.</summary>
internal sealed record HostResponse
{
    public long Id { get; init; }

    /// <summary>Set on the first line of all: the host takes requests.</summary>
    public bool Ready { get; init; }

    public string? ErrorType { get; init; }

    public string? Error { get; init; }

    public Execution? Execution { get; init; }

    public JournalPage? Journal { get; init; }

    public ExecutionList? List { get; init; }
}
