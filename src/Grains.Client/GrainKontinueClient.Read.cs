using System.Runtime.CompilerServices;
using Kontinue.Client;
using Kontinue.Grains.Client.Calling;
using Kontinue.Grains.Client.Watching;
using Kontinue.Resources;

namespace Kontinue.Grains.Client;

public sealed partial class GrainKontinueClient
{
    /// <summary>
    /// How long the first call of a wait waits; each further one waits twice as long, up to <see cref="LongestSlice"/>. Short at first, so that
    /// the death of a silo that nothing else tells of is noticed soon; longer then, so that long waits cost little.
    /// </summary>
    private static readonly TimeSpan FirstSlice = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestSlice = TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    /// <remarks>Repeated after a lost answer.</remarks>
    public Task<Execution> GetAsync(ExecutionKey key, CancellationToken cancellationToken = default) =>
        CallAsync(key, new GrainCall(Repeat.Read), static (grain, token) => grain.GetAsync(token), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Waits in calls of 5 to 20 s; each is repeated after a lost answer.</remarks>
    public Task<Execution> WaitAsync(ExecutionKey key, TimeSpan wait, CancellationToken cancellationToken = default)
    {
        CheckWait(wait);
        return WaitAsync(key, wait, FirstSlice, cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Repeated after a lost answer.</remarks>
    public Task<ExecutionList> ListAsync(ListQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return AskAsync(new GrainCall(Repeat.Read), (grain, token) => grain.ListAsync(query, token), cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Repeated after a lost answer.</remarks>
    public Task<SuspensionList> ListSuspensionsAsync(ListQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return AskAsync(new GrainCall(Repeat.Read), (grain, token) => grain.ListSuspensionsAsync(query, token), cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Repeated after a lost answer.</remarks>
    public Task<FunctionList> ListFunctionsAsync(CancellationToken cancellationToken = default) =>
        AskAsync(new GrainCall(Repeat.Read), static (grain, token) => grain.ListFunctionsAsync(token), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Repeated after a lost answer.</remarks>
    public Task<SiloList> ListSilosAsync(CancellationToken cancellationToken = default) =>
        AskAsync(new GrainCall(Repeat.Read), static (grain, token) => grain.ListSilosAsync(token), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Repeated after a lost answer.</remarks>
    public Task<JournalPage> ReadJournalAsync(ExecutionKey key, long after = 0, int limit = 1000, CancellationToken cancellationToken = default) =>
        CallAsync(key, new GrainCall(Repeat.Read), (grain, token) => grain.ReadJournalAsync(after, limit, token), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>
    /// <para>
    /// When the silo is lost, is silent for <see cref="GrainClientOptions.WatchIdleTimeout"/>, or ends the watch, it goes on from the last version
    /// seen, so that no change is missed. It fails with <see cref="UnavailableException"/> when no silo answers for longer than
    /// <see cref="GrainClientOptions.WatchPatience"/>, and at the beginning after <see cref="GrainClientOptions.RequestTimeout"/>.
    /// </para>
    /// <para>
    /// When that happens before <see cref="ExecutionEvent.IsInitialEnd"/>, it begins anew: the executions that were told are told as
    /// <see cref="ExecutionEventType.Added"/> once more, and one that was deleted meanwhile is not told again.
    /// </para>
    /// </remarks>
    public async IAsyncEnumerable<ExecutionEvent> WatchAsync(
        WatchQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        QueryKey? failed = null;
        var session = new WatchSession(
            _caller,
            now =>
            {
                failed = Query(failed);
                return _grains.GetGrain<Contracts.IQueryGrain>(failed.Value).WatchAsync(now, CancellationToken.None);
            },
            query);
        try
        {
            while (true)
            {
                yield return await session.NextAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            session.Leave();
        }
    }

    private static void CheckWait(TimeSpan wait)
    {
        if (wait < TimeSpan.Zero || wait > KontinueClientExtensions.MaxWait)
        {
            throw new InvalidRequestException("wait", $"The wait must be from 0s to {Duration.Format(KontinueClientExtensions.MaxWait)}.");
        }
    }

    private static TimeSpan Slice(TimeSpan wait, TimeSpan longest) =>
        wait <= TimeSpan.Zero ? TimeSpan.Zero : wait < longest ? wait : longest;

    private async Task<Execution> WaitAsync(ExecutionKey key, TimeSpan wait, TimeSpan longest, CancellationToken cancellationToken)
    {
        long began = _caller.Time.GetTimestamp();
        while (true)
        {
            TimeSpan slice = Slice(wait - _caller.Time.GetElapsedTime(began), longest);
            Execution execution = await CallAsync(
                key, new GrainCall(Repeat.Read) { Wait = slice }, (grain, token) => grain.WaitAsync(slice, token), cancellationToken).ConfigureAwait(false);
            if (HasEnded(execution) || _caller.Time.GetElapsedTime(began) >= wait)
            {
                return execution;
            }

            longest = Slice(longest * 2, LongestSlice);
        }
    }
}
