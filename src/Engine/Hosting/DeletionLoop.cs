using System.Collections.Concurrent;
using System.Text.Json;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Loops;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Hosting;

/// <summary>
/// Deletes what somebody asked to delete, and what has been kept long enough. What is to go is written in the rows: whoever finds it goes
/// on, after a crash too.
/// </summary>
/// <remarks>
/// What runs is canceled and waited for, first the execution itself and then, when it has ended, what it left running. Only when
/// everything has ended the tree is deleted, children first: of a half-deleted tree the root is left, which is found again.
/// </remarks>
internal sealed partial class DeletionLoop(IExecutionStore store, EmbeddedHost host, ILogger logger)
{
    /// <summary>What one look finds. Rows come with all that they carry.</summary>
    private const int Page = 200;

    private const int MaxPruneRounds = 10;

    /// <summary>How long a request works on a deletion itself. Small trees are gone by then, and whoever asked is told so.</summary>
    private static readonly TimeSpan MaxRequest = TimeSpan.FromSeconds(1);

    /// <summary>How much longer than between two looks for work it takes until the next look, when nothing is being waited for.</summary>
    private const int IdleFactor = 5;

    private static readonly TimeSpan MaxPruneInterval = TimeSpan.FromMinutes(1);

    private readonly TreeDeletion _trees = new(store, host);
    private readonly DeletionNotices _notices = new(store, host);
    private readonly Turns<Guid> _turns = new();

    /// <summary>By the uid of what is to be deleted: what has to end first.</summary>
    private readonly Remembered<(ExecutionKey Key, Guid Uid)> _blockers = new();

    private readonly Remembered<byte> _awaited = new();

    /// <summary>Those of which it was logged that they cannot be deleted.</summary>
    private readonly Remembered<byte> _failed = new();

    /// <summary>Those whose deletion is to be asked for once more. Not more than are in memory or being retried.</summary>
    private readonly ConcurrentDictionary<ExecutionKey, Guid> _forgotten = new();

    private readonly LoopSignal _signal = new(host.Time);
    private readonly Pace _pace = new();
    private readonly DeletionLap _lap = new();
    private long? _prunedAt;

    /// <summary>The change that asks for a deletion.</summary>
    public static SettingsWrite Mark(ExecutionRow row, DeletionKind kind, DateTimeOffset at)
    {
        StoredSettings settings = StoredSettings.Of(row) with { Deletion = kind };
        return new SettingsWrite(row.Key, row.Uid, row.Generation, row.Labels, settings.Serialize(), row.DeleteAfter, row.ArchiveAfter, at);
    }

    /// <summary>Look now.</summary>
    public void Signal() => _signal.Set();

    /// <summary>Told of each execution that ends here.</summary>
    public void Ended(Guid uid)
    {
        _notices.Forget(uid);
        if (_awaited.Remove(uid))
        {
            Signal();
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Task signal = _signal.Rearm();
            _pace.Begin();
            Found found = Found.Waiting;
            try
            {
                await RepeatAsync(cancellationToken).ConfigureAwait(false);
                found = await LookAsync(cancellationToken).ConfigureAwait(false);
                await PruneAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // Also what nobody has thought of: without this loop nothing would ever be deleted again.
                LogFailed(logger, e.ToLog());
            }

            if (found == Found.More)
            {
                await _pace.RestAsync(cancellationToken).ConfigureAwait(false);
            }
            else
            {
                TimeSpan interval = host.Options.SweepInterval * (found == Found.Waiting ? 1 : IdleFactor);
                await _signal.WaitAsync(signal, interval, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Goes on with a deletion as far as that is possible now, and for no longer than a request may take.</summary>
    /// <returns>Whether the execution is gone; otherwise the loop does the rest, when what runs has ended.</returns>
    /// <exception cref="StoreException">The store is away; the loop tries again.</exception>
    public async Task<bool> GoOnAsync(ExecutionRow row, CancellationToken cancellationToken)
    {
        using var budget = new CancellationTokenSource(MaxRequest, host.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);
        try
        {
            using IDisposable turn = await _turns.EnterAsync(row.Uid, either.Token).ConfigureAwait(false);
            return await DeleteAsync(row, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (budget.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>
    /// To be told of each execution that has been set going again, and of each that is claimed: a retry takes the time of deletion away,
    /// also when somebody asks for the deletion at the same moment, and what was asked for is not to be lost.
    /// </summary>
    public void GoesOn(ExecutionRow row)
    {
        if (IsForgotten(row))
        {
            _forgotten[row.Key] = row.Uid;
            Signal();
        }
    }

    private async Task<bool> DeleteAsync(ExecutionRow row, CancellationToken cancellationToken)
    {
        DeletionKind? asked = StoredSettings.Of(row).Deletion;
        bool isGone = asked switch
        {
            DeletionKind.Force => await _trees.ForceAsync(row, cancellationToken).ConfigureAwait(false),
            DeletionKind.ForceOrphan => await _trees.DeleteAsync(row, force: true, cancellationToken).ConfigureAwait(false),
            _ when !row.Phase.IsTerminal() => await AwaitAsync(row, row, cancellationToken).ConfigureAwait(false),
            DeletionKind.Orphan => await _trees.DeleteAsync(row, force: false, cancellationToken).ConfigureAwait(false),
            _ => await DeleteTreeAsync(row, asked is not null, cancellationToken).ConfigureAwait(false),
        };
        if (isGone)
        {
            _blockers.Remove(row.Uid);
        }

        return isGone;
    }

    /// <summary>Whether somebody asked for its deletion and the time of it is gone.</summary>
    private static bool IsForgotten(ExecutionRow row)
    {
        try
        {
            return row.DeleteAt is null && !row.Settings.IsNone && StoredSettings.Of(row).Deletion is not null;
        }
        catch (JsonException)
        {
            // Of a newer version, which knows what to do.
            return false;
        }
    }

    /// <summary>Asks for deletions once more.</summary>
    private async Task RepeatAsync(CancellationToken cancellationToken)
    {
        foreach ((ExecutionKey key, Guid uid) in _forgotten)
        {
            // When the settings have changed since, it is read again at the next look.
            if (await store.ReadAsync(key, cancellationToken).ConfigureAwait(false) is { } row && row.Uid == uid && IsForgotten(row) &&
                await store.UpdateSettingsAsync(Mark(row, StoredSettings.Of(row).Deletion!.Value, host.Now), cancellationToken)
                    .ConfigureAwait(false) is null)
            {
                continue;
            }

            _forgotten.TryRemove(KeyValuePair.Create(key, uid));
            host.SignalChange();
        }
    }

    private async Task<Found> LookAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset until = _lap.Begin(host.Now);
        IReadOnlyList<ExecutionRow> rows =
            await store.FindDeletableAsync(until, _lap.After, Page, cancellationToken).ConfigureAwait(false);
        _lap.Pass(rows.Count < Page ? null : rows[^1]);
        foreach (ExecutionRow row in await _trees.DeleteLeavesAsync(rows, cancellationToken).ConfigureAwait(false))
        {
            // Whom somebody is at already is looked at again.
            using IDisposable? turn = _turns.TryEnter(row.Uid);
            try
            {
                _lap.Waiting |= turn is null || !await DeleteAsync(row, cancellationToken).ConfigureAwait(false);
                _failed.Remove(row.Uid);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is not StoreException { IsTransient: true })
            {
                // One that cannot be deleted, as one of a newer version, does not keep the others here.
                _lap.Waiting = true;
                if (_failed.TryAdd(row.Uid, default))
                {
                    LogNotDeleted(logger, e, row.Key);
                }
            }
        }

        _lap.Blocked.UnionWith(rows.Select(row => row.Uid).Where(_blockers.Contains));
        if (_lap.After is not null)
        {
            return Found.More;
        }

        // Others delete too.
        foreach (Guid gone in _blockers.Uids.Where(uid => !_lap.Blocked.Contains(uid)))
        {
            _blockers.Remove(gone);
        }

        return _lap.End() ? Found.Waiting : Found.Nothing;
    }

    private async Task<bool> DeleteTreeAsync(ExecutionRow root, bool isMarked, CancellationToken cancellationToken)
    {
        if (_blockers.TryGet(root.Uid, out (ExecutionKey Key, Guid Uid) known) && known.Uid != root.Uid &&
            await store.ReadAsync(known.Key, cancellationToken).ConfigureAwait(false) is { } still && still.Uid == known.Uid &&
            !still.Phase.IsTerminal() && _notices.IsTold(still))
        {
            return false;
        }

        ExecutionRow? running = await _trees.FindRunningAsync(root.Uid, _notices.IsTold, _notices.TellAsync, cancellationToken).ConfigureAwait(false);
        if (running is null)
        {
            return await _trees.DeleteWithChildrenAsync(root, cancellationToken).ConfigureAwait(false);
        }

        if (!isMarked)
        {
            // From here on it cannot be kept any longer: what it started is being canceled.
            await store.UpdateSettingsAsync(
                Mark(root, DeletionKind.Tree, root.DeleteAt ?? host.Now), cancellationToken).ConfigureAwait(false);
        }

        return await AwaitAsync(root, running, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> AwaitAsync(ExecutionRow deleted, ExecutionRow running, CancellationToken cancellationToken)
    {
        _blockers.Set(deleted.Uid, (running.Key, running.Uid));
        _awaited.Set(running.Uid, default);
        await _notices.TellAsync(running, cancellationToken).ConfigureAwait(false);
        return false;
    }

    private async Task PruneAsync(CancellationToken cancellationToken)
    {
        TimeSpan history = host.Options.DeletionHistory;
        TimeSpan interval = history < MaxPruneInterval ? history : MaxPruneInterval;
        if (_prunedAt is { } last && host.Time.GetElapsedTime(last) < interval)
        {
            return;
        }

        _prunedAt = host.Time.GetTimestamp();
        for (int i = 0; i < MaxPruneRounds; i++)
        {
            if (await store.PruneDeletionsAsync(history, StoreArguments.MaxLimit, cancellationToken).ConfigureAwait(false) < StoreArguments.MaxLimit)
            {
                return;
            }
        }
    }

    private enum Found
    {
        Nothing,

        /// <summary>Something has to be waited for.</summary>
        Waiting,

        /// <summary>There is more to do at once.</summary>
        More,
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Looking for executions to delete failed; trying again.")]
    private static partial void LogFailed(ILogger logger, Exception? exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Execution {Execution} could not be deleted; trying again.")]
    private static partial void LogNotDeleted(ILogger logger, Exception exception, ExecutionKey execution);
}
