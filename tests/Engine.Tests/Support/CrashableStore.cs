using System.Collections.Concurrent;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Tests.Support;

/// <summary>What a commit did with a row.</summary>
internal sealed record WrittenRow(ExecutionKey Key, bool IsInsert, ExecutionPhase Phase);

/// <summary>A store that fails, hangs and counts on command.</summary>
internal sealed class CrashableStore(IExecutionStore inner) : IExecutionStore
{
    private readonly ConcurrentQueue<CommitUnit> _units = new();
    private readonly ConcurrentQueue<int> _batches = new();
    private volatile TaskCompletionSource? _blocked;
    private int _failuresBefore;
    private int _failuresAfter;

    public int MaxConcurrentCommits => inner.MaxConcurrentCommits;

    /// <summary>Set: every call fails as if the database were gone.</summary>
    public volatile bool IsAway;

    /// <summary>Set: the pieces of archived trees are gone, until a tree is written.</summary>
    public volatile bool HasLostPieces;

    /// <summary>Units that are refused for their content.</summary>
    public Func<CommitUnit, bool>? IsPoison { get; set; }

    /// <summary>Deletions that fail and are not made.</summary>
    public Func<IReadOnlyList<RowDeletion>, bool>? FailsToDelete { get; set; }

    /// <summary>Called before a deletion is made, after it was decided on.</summary>
    public Func<IReadOnlyList<RowDeletion>, Task>? BeforeDelete { get; set; }

    /// <summary>Called while a tree is written into the archive, after its first piece was read.</summary>
    public Func<ArchiveRow, Task>? WhileArchiving { get; set; }

    /// <summary>Called with each page of rows that is read.</summary>
    public Action<IReadOnlyList<ExecutionRow>>? Listed { get; set; }

    /// <summary>Called before a change of settings is made.</summary>
    public Func<SettingsWrite, Task>? BeforeSettings { get; set; }

    /// <summary>Called before work is looked for.</summary>
    public Func<Task>? BeforeFind { get; set; }

    /// <summary>Called after executions were claimed, before the silo knows.</summary>
    public Func<IReadOnlyList<ClaimedExecution>, Task>? AfterClaim { get; set; }

    /// <summary>Called before an execution is read.</summary>
    public Func<Task>? BeforeRead { get; set; }

    /// <summary>Called before the functions of all silos are read.</summary>
    public Func<Task>? BeforeFunctions { get; set; }

    /// <summary>Calls of <see cref="CommitAsync"/> so far, also failed ones.</summary>
    public int Calls => Volatile.Read(ref _calls);

    private int _calls;

    /// <summary>How often something to delete was looked for.</summary>
    public int DeletionLooks => Volatile.Read(ref _deletionLooks);

    private int _deletionLooks;

    /// <summary>Sizes of the batches that were committed.</summary>
    public IReadOnlyList<int> Batches => [.. _batches];

    /// <summary>Rows written, in order.</summary>
    public IReadOnlyList<WrittenRow> Written =>
        [.. _units.SelectMany(unit => unit.Rows).Select(row => new WrittenRow(row.Row.Key, row.IsInsert, row.Row.Phase))];

    /// <summary>The next commits fail and are not made.</summary>
    public void FailBefore(int times) => Volatile.Write(ref _failuresBefore, times);

    /// <summary>The next commits are made, and then fail all the same.</summary>
    public void FailAfter(int times) => Volatile.Write(ref _failuresAfter, times);

    /// <summary>Commits hang until <see cref="Release"/>.</summary>
    public void Block() => _blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release()
    {
        TaskCompletionSource? blocked = _blocked;
        _blocked = null;
        blocked?.SetResult();
    }

    public async Task<CommitOutcome[]> CommitAsync(IReadOnlyList<CommitUnit> batch, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        if (_blocked is { } blocked)
        {
            await blocked.Task.WaitAsync(cancellationToken);
        }

        Check();
        if (TakeOne(ref _failuresBefore))
        {
            throw new StoreException("Failed before the commit.", isTransient: true);
        }

        if (IsPoison is { } isPoison && batch.Any(isPoison))
        {
            throw new StoreException("A value cannot be stored.", isTransient: false);
        }

        CommitOutcome[] outcomes = await inner.CommitAsync(batch, cancellationToken);
        _batches.Enqueue(batch.Count);
        for (int i = 0; i < outcomes.Length; i++)
        {
            if (outcomes[i] == CommitOutcome.Applied)
            {
                _units.Enqueue(batch[i]);
            }
        }

        return TakeOne(ref _failuresAfter) ? throw new StoreException("Failed after the commit.", isTransient: true) : outcomes;
    }

    public Task InitializeAsync(CancellationToken cancellationToken) => Checked(() => inner.InitializeAsync(cancellationToken));

    public Task PingAsync(CancellationToken cancellationToken) => Checked(() => inner.PingAsync(cancellationToken));

    public Task<IReadOnlyList<ClaimedExecution>> ClaimAsync(
        SiloId silo, IReadOnlyList<ExecutionKey> keys, IReadOnlyDictionary<string, int> limits, CancellationToken cancellationToken) =>
        Checked(async () =>
        {
            IReadOnlyList<ClaimedExecution> claimed = await inner.ClaimAsync(silo, keys, limits, cancellationToken);
            await (AfterClaim?.Invoke(claimed) ?? Task.CompletedTask);
            return claimed;
        });

    public Task<IReadOnlyList<WaitingExecution>> FindWaitingAsync(
        SiloId silo, IReadOnlyCollection<string> functions, IReadOnlyCollection<string> semaphores, int limit, CancellationToken cancellationToken) =>
        Checked(() => inner.FindWaitingAsync(silo, functions, semaphores, limit, cancellationToken));

    public Task<IReadOnlyList<string>> ReadAwaitedSemaphoresAsync(string? after, int limit, CancellationToken cancellationToken) =>
        Checked(() => inner.ReadAwaitedSemaphoresAsync(after, limit, cancellationToken));

    public Task<IReadOnlyList<ExecutionKey>> ReadHoldersAsync(string semaphore, int limit, CancellationToken cancellationToken) =>
        Checked(() => inner.ReadHoldersAsync(semaphore, limit, cancellationToken));

    public Task<int> ReleaseAsync(SiloId silo, IReadOnlyList<ExecutionKey> keys, DateTimeOffset now, CancellationToken cancellationToken) =>
        Checked(() => inner.ReleaseAsync(silo, keys, now, cancellationToken));

    public Task ReportLoadAsync(SiloId silo, SiloLoad load, CancellationToken cancellationToken) =>
        Checked(() => inner.ReportLoadAsync(silo, load, cancellationToken));

    public Task<IReadOnlyList<SiloRow>> ReadSilosAsync(bool onlyAlive, int limit, CancellationToken cancellationToken) =>
        Checked(() => inner.ReadSilosAsync(onlyAlive, limit, cancellationToken));

    public Task<IReadOnlyList<FunctionRow>> ReadFunctionsAsync(int limit, CancellationToken cancellationToken) =>
        Checked(async () =>
        {
            await (BeforeFunctions?.Invoke() ?? Task.CompletedTask);
            return await inner.ReadFunctionsAsync(limit, cancellationToken);
        });

    public Task<IReadOnlyList<DueRow>> FindArchivableAsync(DateTimeOffset now, DueRow? after, int limit, CancellationToken cancellationToken) =>
        Checked(() => inner.FindArchivableAsync(now, after, limit, cancellationToken));

    public async Task<bool> WriteArchiveAsync(
        ArchiveRow archive, IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, Func<ArchiveRow> complete, CancellationToken cancellationToken)
    {
        bool isStored = await Checked(() => inner.WriteArchiveAsync(archive, ObservedAsync(archive, pieces), complete, cancellationToken));
        HasLostPieces &= !isStored;
        return isStored;
    }

    public Task<IReadOnlyList<ArchiveRow>> FindArchivesAsync(ExecutionKey key, int limit, CancellationToken cancellationToken) =>
        Checked(() => inner.FindArchivesAsync(key, limit, cancellationToken));

    public Task<IReadOnlyList<ArchiveRow>> ListArchivesAsync(
        string? @namespace, (ExecutionKey Key, Guid Uid)? after, int limit, CancellationToken cancellationToken) =>
        Checked(() => inner.ListArchivesAsync(@namespace, after, limit, cancellationToken));

    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadArchiveAsync(Guid uid, CancellationToken cancellationToken) =>
        HasLostPieces ? throw new StoreException("The pieces are lost.", isTransient: true) : inner.ReadArchiveAsync(uid, cancellationToken);

    public Task<bool> IsArchiveWholeAsync(Guid uid, CancellationToken cancellationToken) =>
        Checked(async () => !HasLostPieces && await inner.IsArchiveWholeAsync(uid, cancellationToken));

    public Task<int> DeleteArchivesAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        Checked(() => inner.DeleteArchivesAsync(now, limit, cancellationToken));

    public Task<bool> DeleteArchiveAsync(Guid uid, CancellationToken cancellationToken) =>
        Checked(() => inner.DeleteArchiveAsync(uid, cancellationToken));

    public Task<IReadOnlyList<ExecutionKey>> FindClaimableAsync(
        SiloId silo, IReadOnlyCollection<string> functions, DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        Checked(async () =>
        {
            await (BeforeFind?.Invoke() ?? Task.CompletedTask);
            return await inner.FindClaimableAsync(silo, functions, now, limit, cancellationToken);
        });

    public Task<IReadOnlyList<Message>> ReadMessagesAsync(
        IReadOnlyList<ExecutionKey> keys, int limit, CancellationToken cancellationToken) =>
        Checked(() => inner.ReadMessagesAsync(keys, limit, cancellationToken));

    public Task<IReadOnlyList<WakeUp>> ReadWakeUpsAsync(
        SiloId silo, DateTimeOffset until, WakeUp? after, int limit, CancellationToken cancellationToken) =>
        Checked(() => inner.ReadWakeUpsAsync(silo, until, after, limit, cancellationToken));

    public Task<int> ReleaseHeldAsync(
        SiloId silo, IReadOnlyCollection<string> functions, DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        Checked(() => inner.ReleaseHeldAsync(silo, functions, now, limit, cancellationToken));

    public Task<bool> ReleaseHeldAsync(ExecutionKey key, Guid uid, DateTimeOffset now, CancellationToken cancellationToken) =>
        Checked(() => inner.ReleaseHeldAsync(key, uid, now, cancellationToken));

    public Task<int> DeleteDeadMessagesAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken) =>
        Checked(() => inner.DeleteDeadMessagesAsync(before, limit, cancellationToken));

    public Task RegisterSiloAsync(SiloRegistration silo, CancellationToken cancellationToken) =>
        Checked(() => inner.RegisterSiloAsync(silo, cancellationToken));

    public Task<LeaseRenewal> RenewLeaseAsync(SiloId silo, TimeSpan lease, SiloLoad load, CancellationToken cancellationToken) =>
        Checked(() => inner.RenewLeaseAsync(silo, lease, load, cancellationToken));

    public Task UnregisterSiloAsync(SiloId silo, CancellationToken cancellationToken) =>
        Checked(() => inner.UnregisterSiloAsync(silo, cancellationToken));

    public Task<TimeSpan> DeclareDeadAsync(SiloId silo, TimeSpan delay, CancellationToken cancellationToken) =>
        Checked(() => inner.DeclareDeadAsync(silo, delay, cancellationToken));

    public async Task<ExecutionRow?> ReadAsync(ExecutionKey key, CancellationToken cancellationToken)
    {
        await (BeforeRead?.Invoke() ?? Task.CompletedTask);
        return await Checked(() => inner.ReadAsync(key, cancellationToken));
    }

    public Task<IReadOnlyList<ExecutionRow>> ListAsync(RowQuery query, CancellationToken cancellationToken) =>
        Checked(async () =>
        {
            IReadOnlyList<ExecutionRow> rows = await inner.ListAsync(query, cancellationToken);
            Listed?.Invoke(rows);
            return rows;
        });

    public Task<ExecutionRow?> UpdateSettingsAsync(SettingsWrite write, CancellationToken cancellationToken) =>
        Checked(async () =>
        {
            await (BeforeSettings?.Invoke(write) ?? Task.CompletedTask);
            return await inner.UpdateSettingsAsync(write, cancellationToken);
        });

    public Task<IReadOnlyList<ExecutionRow>> FindDeletableAsync(DateTimeOffset now, DueRow? after, int limit, CancellationToken cancellationToken) =>
        Checked(() =>
        {
            Interlocked.Increment(ref _deletionLooks);
            return inner.FindDeletableAsync(now, after, limit, cancellationToken);
        });

    public Task<int> DeleteAsync(IReadOnlyList<RowDeletion> rows, CancellationToken cancellationToken) =>
        Checked(async () =>
        {
            await (BeforeDelete?.Invoke(rows) ?? Task.CompletedTask);
            return FailsToDelete?.Invoke(rows) == true
                ? throw new StoreException("Failed before the deletion.", isTransient: true)
                : await inner.DeleteAsync(rows, cancellationToken);
        });

    public Task<int> PruneDeletionsAsync(TimeSpan age, int limit, CancellationToken cancellationToken) =>
        Checked(() => inner.PruneDeletionsAsync(age, limit, cancellationToken));

    public Task<IReadOnlyList<JournalRecord>> ReadJournalAsync(Guid uid, long after, int limit, CancellationToken cancellationToken) =>
        Checked(() => inner.ReadJournalAsync(uid, after, limit, cancellationToken));

    public Task<long> ReadVersionAsync(CancellationToken cancellationToken) => Checked(() => inner.ReadVersionAsync(cancellationToken));

    public Task<ChangePage> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken) =>
        Checked(() => inner.ReadChangesAsync(after, limit, cancellationToken));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> ObservedAsync(ArchiveRow archive, IAsyncEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        bool isFirst = true;
        await foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            if (isFirst && WhileArchiving is { } call)
            {
                await call(archive);
            }

            isFirst = false;
            yield return piece;
        }
    }

    private static bool TakeOne(ref int count) => Volatile.Read(ref count) > 0 && Interlocked.Decrement(ref count) >= 0;

    private void Check()
    {
        if (IsAway)
        {
            throw new StoreException("The database cannot be reached.", isTransient: true);
        }
    }

    private async Task Checked(Func<Task> call)
    {
        Check();
        await call();
    }

    private async Task<T> Checked<T>(Func<Task<T>> call)
    {
        Check();
        return await call();
    }
}
