using System.Text.Json;
using Kontinue.Engine.Journal;

namespace Kontinue.Engine.Replay;

/// <summary>Something that a function asked for and that has not ended.</summary>
internal abstract class Operation(string key, OperationKind kind)
{
    /// <summary>Name and occurrence.</summary>
    public string Key { get; } = key;

    public OperationKind Kind { get; } = kind;

    /// <summary>Due time, deadline, or the time of the next try.</summary>
    public DateTimeOffset? Due { get; set; }

    /// <summary>Since when it waits, where the journal tells.</summary>
    public DateTimeOffset? Since { get; set; }

    /// <summary>Whether its work is under way in this process: the execution must stay in memory.</summary>
    public bool IsRunning { get; set; }

    /// <summary>Whether the execution was canceled while this was under way.</summary>
    public bool IsCancelRequested { get; set; }

    /// <summary>Gives the function the outcome. Called on its scheduler.</summary>
    public abstract void Complete(Entry fact, JsonSerializerOptions json);

    /// <summary>Ends the wait because the execution is being canceled.</summary>
    public abstract void Cancel(CancellationToken token);
}

internal abstract class Operation<T>(string key, OperationKind kind) : Operation(key, kind)
{
    // Continuations run inside SetResult, on the function's scheduler: that is what makes the function react to one fact at a time.
    private readonly TaskCompletionSource<T> _source = new();

    public Task<T> Task => _source.Task;

    public override void Complete(Entry fact, JsonSerializerOptions json)
    {
        if (Failure(fact) is { } failure)
        {
            Fail(failure);
            return;
        }

        T? value;
        try
        {
            value = fact.Value.To<T>(json);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            Fail(new KontinueException(
                ErrorKind.Validation, $"The value of '{Key}' cannot be read as {typeof(T).Name}: {e.Message}", retryable: false, Key, e));
            return;
        }

        Succeed(value!);
    }

    public override void Cancel(CancellationToken token) => _source.TrySetCanceled(token);

    protected abstract Exception? Failure(Entry fact);

    protected void Succeed(T value) => _source.TrySetResult(value);

    protected void Fail(Exception failure) => _source.TrySetException(failure);
}

internal sealed class StepOperation<T>(
    string key, Func<CancellationToken, Task<T>> body, StepOptions options) : Operation<T>(key, OperationKind.Step), IStepOperation
{
    public StepOptions Options { get; } = options;

    public int FailedAttempts { get; set; }

    public async Task<JsonPayload> RunAsync(JsonSerializerOptions json, CancellationToken cancellationToken) =>
        JsonPayload.From(await body(cancellationToken).ConfigureAwait(false), json);

    protected override Exception? Failure(Entry fact) => fact.Kind switch
    {
        EntryKind.StepFailed => new StepFailedException(Key, fact.Error!),
        EntryKind.StepCanceled => new OperationCanceledException($"Step '{Key}' was canceled."),
        _ => null,
    };
}

/// <summary>A step without its result's type.</summary>
internal interface IStepOperation
{
    StepOptions Options { get; }

    int FailedAttempts { get; set; }

    Task<JsonPayload> RunAsync(JsonSerializerOptions json, CancellationToken cancellationToken);
}

internal sealed class SleepOperation(string key, TimeSpan duration) : Operation<Nothing?>(key, OperationKind.Sleep)
{
    public TimeSpan Duration { get; } = duration;

    protected override Exception? Failure(Entry fact) => null;

    public override void Complete(Entry fact, JsonSerializerOptions json) => base.Complete(fact with { Value = default }, json);
}

internal sealed class SuspendOperation<T>(string key, TimeSpan? timeout, string? description)
    : Operation<T>(key, OperationKind.Suspend), ITimedWait
{
    public TimeSpan? Timeout { get; } = timeout;

    public string? Description { get; } = description;

    protected override Exception? Failure(Entry fact) =>
        fact.Kind == EntryKind.WaitTimedOut ? new DurableTimeoutException(Key, Timeout ?? default) : null;
}

internal sealed class EventOperation<T>(string key, string name, TimeSpan? timeout)
    : Operation<T>(key, OperationKind.Event), ITimedWait, IEventOperation
{
    public string Name { get; } = name;

    public TimeSpan? Timeout { get; } = timeout;

    public string? Description => null;

    protected override Exception? Failure(Entry fact) =>
        fact.Kind == EntryKind.WaitTimedOut ? new DurableTimeoutException(Key, Timeout ?? default) : null;
}

internal interface IEventOperation
{
    string Name { get; }
}

/// <summary>A wait that may have a deadline.</summary>
internal interface ITimedWait
{
    TimeSpan? Timeout { get; }

    string? Description { get; }
}

internal sealed class PollOperation(string key, Func<CancellationToken, Task<bool>> condition, TimeSpan interval, TimeSpan? timeout)
    : Operation<Nothing?>(key, OperationKind.Poll), ITimedWait
{
    public TimeSpan Interval { get; } = interval;

    public TimeSpan? Timeout { get; } = timeout;

    public string? Description => null;

    /// <summary>When to give up.</summary>
    public DateTimeOffset? Deadline { get; set; }

    public Task<bool> AskAsync(CancellationToken cancellationToken) => condition(cancellationToken);

    protected override Exception? Failure(Entry fact) => fact.Kind switch
    {
        EntryKind.WaitTimedOut => new DurableTimeoutException(Key, Timeout ?? default),
        EntryKind.StepFailed => new StepFailedException(Key, fact.Error!),
        EntryKind.StepCanceled => new OperationCanceledException($"Poll '{Key}' was canceled."),
        _ => null,
    };
}

internal sealed class ChildOperation<T>(
    string key, string function, JsonPayload arguments, ChildOptions options, bool detached, ExecutionKey child)
    : Operation<T>(key, OperationKind.Child), IChildOperation
{
    public string Function { get; } = function;

    public JsonPayload Arguments { get; } = arguments;

    public ChildOptions Options { get; } = options;

    public bool Detached { get; } = detached;

    public ExecutionKey Child { get; set; } = child;

    protected override Exception? Failure(Entry fact) => fact.Phase switch
    {
        ExecutionPhase.Completed or ExecutionPhase.Skipped => null,
        ExecutionPhase.Canceled => new ChildCanceledException(Child),
        _ => new ChildFailedException(Child, fact.Error ?? new ExecutionError(ErrorKind.Internal, "No error was recorded.", Retryable: false)),
    };
}

/// <summary>A child without its result's type.</summary>
internal interface IChildOperation
{
    string Function { get; }

    JsonPayload Arguments { get; }

    ChildOptions Options { get; }

    bool Detached { get; }

    ExecutionKey Child { get; set; }
}
