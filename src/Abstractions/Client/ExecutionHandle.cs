using Kontinue.Resources;

namespace Kontinue.Client;

/// <summary>An execution of which only the name is known: what can be asked of it, without naming it each time.</summary>
/// <remarks>Made by <see cref="KontinueClientExtensions.Handle(IKontinueClient, ExecutionKey)"/>; that there is such an execution is not looked at.</remarks>
public sealed class ExecutionHandle
{
    private readonly IKontinueClient _client;

    internal ExecutionHandle(IKontinueClient client, ExecutionKey key)
    {
        _client = client;
        Key = key;
    }

    /// <summary>The execution.</summary>
    public ExecutionKey Key { get; }

    /// <inheritdoc cref="IKontinueClient.GetAsync"/>
    public Task<Execution> GetAsync(CancellationToken cancellationToken = default) => _client.GetAsync(Key, cancellationToken);

    /// <summary>Waits for its end, however long it takes, and gives its result.</summary>
    /// <param name="cancellationToken">Ends the wait, not the execution.</param>
    /// <exception cref="ExecutionNotFoundException">There is none of that name.</exception>
    /// <exception cref="ExecutionFailedException">It failed.</exception>
    /// <exception cref="ExecutionCanceledException">It was canceled or skipped.</exception>
    public async Task<T?> ResultAsync<T>(CancellationToken cancellationToken = default)
    {
        Execution execution;
        do
        {
            execution = await _client.WaitAsync(Key, KontinueClientExtensions.MaxWait, cancellationToken).ConfigureAwait(false);
        }
        while (!execution.HasEnded());

        return execution.GetResult<T>();
    }

    /// <summary>Waits for its end, however long it takes.</summary>
    /// <param name="cancellationToken">Ends the wait, not the execution.</param>
    /// <exception cref="ExecutionNotFoundException">There is none of that name.</exception>
    /// <exception cref="ExecutionFailedException">It failed.</exception>
    /// <exception cref="ExecutionCanceledException">It was canceled or skipped.</exception>
    public Task ResultAsync(CancellationToken cancellationToken = default) => ResultAsync<object>(cancellationToken);

    /// <summary>Ends a suspension.</summary>
    /// <param name="suspension">Its name. Null: the only one there is.</param>
    /// <param name="payload">What the suspension returns, serialized to JSON; null: nothing.</param>
    /// <param name="cancellationToken">Gives up; the resume may have been stored nevertheless.</param>
    /// <inheritdoc cref="IKontinueClient.ResumeAsync" path="/exception"/>
    public Task ResumeAsync(string? suspension = null, object? payload = null, CancellationToken cancellationToken = default) =>
        _client.ResumeAsync(Key, suspension, ToPayload(payload), cancellationToken);

    /// <summary>Sends an event. It is kept until the function takes it.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="payload">What comes with it, serialized to JSON; null: nothing.</param>
    /// <param name="cancellationToken">Gives up; the event may have been stored nevertheless.</param>
    /// <inheritdoc cref="IKontinueClient.SendEventAsync" path="/exception"/>
    public Task SendEventAsync(string name, object? payload = null, CancellationToken cancellationToken = default) =>
        _client.SendEventAsync(Key, name, ToPayload(payload), cancellationToken);

    /// <summary>Asks it to end; it may clean up first.</summary>
    /// <inheritdoc cref="IKontinueClient.CancelAsync" path="/exception"/>
    public Task CancelAsync(string? reason = null, CancellationToken cancellationToken = default) => _client.CancelAsync(Key, reason, cancellationToken);

    /// <summary>Starts another attempt.</summary>
    /// <inheritdoc cref="IKontinueClient.RetryAsync" path="/exception"/>
    public Task RetryAsync(ChildPolicy? childPolicy = null, CancellationToken cancellationToken = default) =>
        _client.RetryAsync(Key, childPolicy, cancellationToken);

    /// <summary>Tells its changes as they happen, beginning with how it is.</summary>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <inheritdoc cref="IKontinueClient.WatchAsync" path="/exception"/>
    public IAsyncEnumerable<ExecutionEvent> WatchAsync(CancellationToken cancellationToken = default) => _client.WatchAsync(
        new WatchQuery { Selector = new ExecutionSelector { Namespace = Key.Namespace, Name = Key.Name } }, cancellationToken);

    /// <inheritdoc/>
    public override string ToString() => Key.ToString();

    private static JsonPayload ToPayload(object? value) => value switch
    {
        null => default,
        JsonPayload payload => payload,
        _ => JsonPayload.From(value),
    };
}
