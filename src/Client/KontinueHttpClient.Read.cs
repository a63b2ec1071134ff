using System.Globalization;
using System.Runtime.CompilerServices;
using Kontinue.Client.Watching;
using Kontinue.Resources;

namespace Kontinue.Client;

public sealed partial class KontinueHttpClient
{
    /// <inheritdoc/>
    /// <remarks>Sent again after a lost connection.</remarks>
    public Task<Execution> GetAsync(ExecutionKey key, CancellationToken cancellationToken = default) =>
        GetAsync<Execution>(One(key), key, TimeSpan.Zero, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Waits in requests of at most 30 s; each is sent again after a lost connection.</remarks>
    public async Task<Execution> WaitAsync(ExecutionKey key, TimeSpan wait, CancellationToken cancellationToken = default)
    {
        long began = _time.GetTimestamp();
        while (true)
        {
            TimeSpan slice = Slice(wait - _time.GetElapsedTime(began));
            Execution execution = await GetAsync<Execution>(One(key) + WaitQuery(slice), key, slice, cancellationToken).ConfigureAwait(false);
            if (HasEnded(execution) || _time.GetElapsedTime(began) >= wait)
            {
                return execution;
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Sent again after a lost connection.</remarks>
    public Task<ExecutionList> ListAsync(ListQuery query, CancellationToken cancellationToken = default) =>
        ListAsync<ExecutionList>("executions", query, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>
    /// Sent again after a lost connection. The server selects by namespace, function and labels; by an execution's name the pages are
    /// looked through here, and by parent or phase the server refuses to select.
    /// </remarks>
    public async Task<SuspensionList> ListSuspensionsAsync(ListQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);

        // A suspension has a name of its own, so metadata.name is not the execution's.
        ExecutionSelector selector = query.Selector;
        SuspensionList page = await ListAsync<SuspensionList>(
            "suspensions", query with { Selector = selector with { Name = null } }, cancellationToken).ConfigureAwait(false);
        return selector.Name is null
            ? page
            : page with { Items = [.. page.Items.Where(s => string.Equals(s.Spec.Execution, selector.Name, StringComparison.Ordinal))] };
    }

    /// <inheritdoc/>
    /// <remarks>Sent again after a lost connection.</remarks>
    public Task<FunctionList> ListFunctionsAsync(CancellationToken cancellationToken = default) =>
        GetAsync<FunctionList>($"{_root}/functions", key: default, TimeSpan.Zero, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Sent again after a lost connection.</remarks>
    public Task<SiloList> ListSilosAsync(CancellationToken cancellationToken = default) =>
        GetAsync<SiloList>($"{_root}/silos", key: default, TimeSpan.Zero, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Sent again after a lost connection.</remarks>
    public Task<JournalPage> ReadJournalAsync(ExecutionKey key, long after = 0, int limit = 1000, CancellationToken cancellationToken = default) =>
        GetAsync<JournalPage>(
            string.Create(CultureInfo.InvariantCulture, $"{One(key)}/journal?after={after}&limit={limit}"), key, TimeSpan.Zero, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>
    /// <para>
    /// When the connection is lost, is silent for <see cref="KontinueClientOptions.WatchIdleTimeout"/>, or is ended by the server, the watch
    /// goes on from the last version seen, so that no change is missed. It fails with <see cref="UnavailableException"/> when the server
    /// is away for longer than <see cref="KontinueClientOptions.WatchPatience"/>, and at the beginning after
    /// <see cref="KontinueClientOptions.MaxAttempts"/>.
    /// </para>
    /// <para>
    /// When that happens before <see cref="ExecutionEvent.IsInitialEnd"/>, it begins anew: the executions that were told are told as
    /// <see cref="ExecutionEventType.Added"/> once more, and one that was deleted meanwhile is not told again. Forget what was told before the
    /// initial end when you are told the same execution as added twice.
    /// </para>
    /// </remarks>
    public async IAsyncEnumerable<ExecutionEvent> WatchAsync(
        WatchQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var session = new WatchSession(_transport, Many(query.Selector.Namespace, "executions"), query);
        await using (session.ConfigureAwait(false))
        {
            while (true)
            {
                yield return await session.NextAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private Task<T> ListAsync<T>(string resource, ListQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        string path = new PathBuilder(Many(query.Selector.Namespace, resource))
            .Add("limit", query.Limit.ToString(CultureInfo.InvariantCulture))
            .Add("continue", query.Continue)
            .Add(query.Selector)
            .ToString();
        return GetAsync<T>(path, key: default, TimeSpan.Zero, cancellationToken);
    }
}
