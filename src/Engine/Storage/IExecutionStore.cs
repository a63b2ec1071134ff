namespace Kontinue.Engine.Storage;

/// <summary>Where executions, their journals and their messages live. The truth is here and nowhere else.</summary>
/// <remarks>
/// <para>Contract, the same for every store and held by one conformance suite:</para>
/// <list type="number">
/// <item><b>A batch is one transaction.</b> <see cref="CommitAsync"/> makes all units that it answers with
/// <see cref="CommitOutcome.Applied"/> durable together, before it returns. A unit is applied whole or not at all. One refused unit does
/// not disturb the others.</item>
/// <item><b>Fencing.</b> An update is applied only if the stored epoch equals the update's epoch; otherwise its whole unit is
/// <see cref="CommitOutcome.Fenced"/>, which is a value and not an exception. So is an update that skips a revision, and one that adds a
/// journal record whose predecessor is missing: what is stored is older than what its writer has seen, as after a restore from a backup.</item>
/// <item><b>Repeating is safe.</b> After an exception the caller does not know whether the batch was committed. It calls again with the
/// same units; those that were committed are answered <see cref="CommitOutcome.Applied"/> without being applied twice. The store knows
/// them by uid (inserts), by revision (updates), by journal record (guards) and by id (messages). Two things cannot be known, and are the caller's to bear: a
/// committed update whose execution was claimed by another silo before the repetition is answered <see cref="CommitOutcome.Fenced"/>,
/// and a unit of one message that was consumed before the repetition stores it again, so a reader must know by its id what it has had.
/// </item>
/// <item><b>Claims raise the epoch.</b> <see cref="ClaimAsync"/> is the only way to become owner of a stored execution. It adds one
/// to the epoch, so that whatever an earlier owner still writes is refused.</item>
/// <item><b>Versions.</b> Every committed change of a row, claims and deletions included, has a new resource version.
/// <see cref="ReadChangesAsync"/> never passes over a change that commits later, also with several writers.</item>
/// <item><b>Semaphores.</b> A row that names semaphores (<see cref="ExecutionRow.Semaphores"/>) holds one permit of each of them from the
/// claim that lets it in until it has ended or is deleted; the permit is taken in the transaction of that claim, and given back in the
/// transaction of the end. Nothing else takes or gives one, so a permit is never without its execution. It does not depend on who owns the execution: a silo
/// that dies leaves its executions their permits. However many silos claim at once, never are more permits held than the claim's limits
/// allow.</item>
/// <item><b>Everything is bounded.</b> Each read has a limit.</item>
/// <item><b>Times</b> are kept in whole microseconds; what is finer is cut off (<see cref="StoreTime"/>). Bytes are kept as they are, save
/// that labels come back as an equal JSON object, not as equal bytes. Buffers of a batch are free again when the call has returned.</item>
/// </list>
/// <para>
/// All members may be called concurrently. Failures of the store itself are thrown as <see cref="StoreException"/>; nothing else is
/// thrown except <see cref="OperationCanceledException"/> and argument errors.
/// </para>
/// </remarks>
public interface IExecutionStore : ISiloDirectory, IArchiveStore, IAsyncDisposable
{
    /// <summary>How many <see cref="CommitAsync"/> calls may usefully run at once: 1 for a store with a single writer.</summary>
    int MaxConcurrentCommits { get; }

    /// <summary>Creates or upgrades the tables, under a lock that lets several processes start at once. Called once, before all else.</summary>
    /// <exception cref="StoreException">The store cannot be reached or written, or its schema is newer than this code.</exception>
    Task InitializeAsync(CancellationToken cancellationToken);

    /// <summary>Answers if the store can be written to now; for health checks.</summary>
    /// <exception cref="StoreException">It cannot.</exception>
    Task PingAsync(CancellationToken cancellationToken);

    /// <summary>Applies a batch in one transaction.</summary>
    /// <param name="batch">
    /// At least one unit. No two units of a batch, nor of batches in flight at the same time, have a row of the same execution.
    /// </param>
    /// <param name="cancellationToken">Gives up waiting; the batch may be committed nevertheless.</param>
    /// <returns>One outcome per unit, in order.</returns>
    /// <exception cref="StoreException">Nothing is known of the batch: call again with the same units.</exception>
    Task<CommitOutcome[]> CommitAsync(IReadOnlyList<CommitUnit> batch, CancellationToken cancellationToken);

    /// <summary>
    /// Takes over the named executions for <paramref name="silo"/> and loads them. An execution is taken if it has not ended, is not held,
    /// its worker group is none or the silo's, and its owner is nobody, this silo, or a silo without a valid lease. Others are left out of
    /// the answer, as are rows another process is claiming at this moment. Only the epoch, the owner and the resource version change.
    /// </summary>
    /// <remarks>
    /// One that waits for semaphores (<see cref="ExecutionRow.AwaitedSemaphore"/>) is let in if every one of its semaphores is in
    /// <paramref name="limits"/> and has a permit left, those that are let in by the same call counted, in the order of their wake-up times; it then waits for none.
    /// Otherwise it is left out, and <see cref="ExecutionRow.AwaitedSemaphore"/> becomes the first of its semaphores that has none left.
    /// It may be left out although there is a permit, when others of the call were counted that were not let in: the next call sees that.
    /// One that waits and for which an unconsumed message is stored is taken in any case; its <see cref="ExecutionRow.AwaitedSemaphore"/>
    /// says whether it was let in. Its owner may only record or end it.
    /// </remarks>
    /// <param name="silo">The new owner; one that does not hold a valid lease gets nothing.</param>
    /// <param name="keys">At most 1,000.</param>
    /// <param name="limits">
    /// How many permits there are, by semaphore. Executions that are past their claim are not concerned, even if a limit is lower now.
    /// Claims that name a semaphore wait for each other, so those of executions that do not wait name none.
    /// </param>
    /// <param name="cancellationToken">Gives up; claims may have been made nevertheless.</param>
    Task<IReadOnlyList<ClaimedExecution>> ClaimAsync(
        SiloId silo, IReadOnlyList<ExecutionKey> keys, IReadOnlyDictionary<string, int> limits, CancellationToken cancellationToken);

    /// <summary>
    /// Finds executions of the given functions that somebody should run now and that <paramref name="silo"/> may claim: those whose
    /// <see cref="ExecutionRow.WakeAt"/> is not after <paramref name="now"/> and that are owned by nobody or by a silo without a valid
    /// lease, and those for which an unconsumed message is stored, whatever their wake-up time, when they are owned by nobody, by this
    /// silo or by a silo without a valid lease. Their worker group is none or that of the silo. It claims nothing. Due ones come first,
    /// soonest first, then those with messages, the oldest message first.
    /// </summary>
    /// <remarks>
    /// Executions that wait for a semaphore are found here only for their messages; otherwise <see cref="FindWaitingAsync"/> finds them.
    /// New executions (<see cref="ExecutionPhase.Pending"/>) are found up to <see cref="StoreArguments.PendingAhead"/> before their wake-up
    /// time: for them it is a rank in the queue and not a time.
    /// </remarks>
    /// <param name="silo">Who asks; it must be registered.</param>
    /// <param name="functions">The functions that it can run.</param>
    /// <param name="now">The caller's time.</param>
    /// <param name="limit">At most so many; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<ExecutionKey>> FindClaimableAsync(
        SiloId silo, IReadOnlyCollection<string> functions, DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Finds executions of the given functions that wait for one of these semaphores and that <paramref name="silo"/> may claim when they are let in,
    /// and says how many permits of it are held. For each semaphore the first in the order of their wake-up times come, which are their ranks.
    /// </summary>
    /// <param name="silo">Who asks; it must be registered.</param>
    /// <param name="functions">The functions that it can run.</param>
    /// <param name="semaphores">At most 1,000.</param>
    /// <param name="limit">At most so many for each semaphore; 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<WaitingExecution>> FindWaitingAsync(
        SiloId silo, IReadOnlyCollection<string> functions, IReadOnlyCollection<string> semaphores, int limit, CancellationToken cancellationToken);

    /// <summary>Reads the semaphores that somebody waits for, in ordinal order.</summary>
    /// <param name="after">Only those after this one; null: from the beginning.</param>
    /// <param name="limit">At most so many; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<string>> ReadAwaitedSemaphoresAsync(string? after, int limit, CancellationToken cancellationToken);

    /// <summary>Reads who holds permits of a semaphore, in the order of their uids.</summary>
    /// <param name="semaphore">The semaphore.</param>
    /// <param name="limit">At most so many; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<ExecutionKey>> ReadHoldersAsync(string semaphore, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Gives executions up that <paramref name="silo"/> owns and does not have in memory: their owner becomes nobody, so that others may
    /// claim them. Only those that have not ended, are not held and are due at <paramref name="now"/> or have a message.
    /// </summary>
    /// <param name="silo">The owner.</param>
    /// <param name="keys">At most 1,000. Those of other owners are passed over.</param>
    /// <param name="now">The caller's time.</param>
    /// <param name="cancellationToken">Gives up; they may have been given up nevertheless.</param>
    /// <returns>How many there were.</returns>
    Task<int> ReleaseAsync(SiloId silo, IReadOnlyList<ExecutionKey> keys, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the unconsumed messages of the named executions, whoever owns them, ordered by target (namespace and name, ordinal), and those
    /// of one target in the order in which they were stored: what was answered before something was sent comes before it.
    /// Messages for another uid than the stored one are left out.
    /// </summary>
    /// <param name="keys">At most 1,000.</param>
    /// <param name="limit">At most so many messages; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<Message>> ReadMessagesAsync(IReadOnlyList<ExecutionKey> keys, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the wake-up times of <paramref name="silo"/>'s own executions, soonest first, those of one time by namespace and name
    /// (ordinal). Those that wait for a semaphore have none.
    /// </summary>
    /// <param name="silo">The owner.</param>
    /// <param name="until">
    /// Only those that are due by then, and new ones that are by <see cref="StoreArguments.PendingAhead"/> later: a claim whose answer was
    /// lost may have made the silo their owner. What is told of them is their rank, which may be after this time.
    /// </param>
    /// <param name="after">Only those after this one, as it was told; null: from the beginning.</param>
    /// <param name="limit">At most so many; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<WakeUp>> ReadWakeUpsAsync(
        SiloId silo, DateTimeOffset until, WakeUp? after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Lets held executions of these functions be claimed again that have no worker group or that of <paramref name="silo"/>:
    /// <see cref="ExecutionRow.Held"/> becomes false, the owner nobody, and the wake-up time <paramref name="now"/>. Called when a silo starts,
    /// because its code may be new, until it answers less than the limit.
    /// </summary>
    /// <param name="silo">Who asks; it must be registered.</param>
    /// <param name="functions">The functions that it can run.</param>
    /// <param name="now">The caller's time.</param>
    /// <param name="limit">At most so many; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up; some may have been released nevertheless.</param>
    /// <returns>How many were found. Somebody else may have released some of them at the same moment.</returns>
    Task<int> ReleaseHeldAsync(
        SiloId silo, IReadOnlyCollection<string> functions, DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>Lets one held execution be claimed again, in the same way, because somebody has told it something.</summary>
    /// <returns>False when there is none of that uid that is held and has not ended.</returns>
    Task<bool> ReleaseHeldAsync(ExecutionKey key, Guid uid, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Deletes messages whose execution has ended or is gone and that were sent before <paramref name="before"/>.</summary>
    /// <param name="before">Younger ones are left alone.</param>
    /// <param name="limit">At most so many; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many there were.</returns>
    Task<int> DeleteDeadMessagesAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken);

    /// <summary>Reads one execution's row; null when there is none.</summary>
    Task<ExecutionRow?> ReadAsync(ExecutionKey key, CancellationToken cancellationToken);

    /// <summary>Reads a page of rows ordered by namespace and name (ordinal), from an index: a page takes the same time however many there are.</summary>
    Task<IReadOnlyList<ExecutionRow>> ListAsync(RowQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// Changes what somebody other than the owner may change of a row, beside the owner, who neither reads nor writes it: labels,
    /// settings and the time of deletion. Owner, epoch and revision stay; generation and resource version grow.
    /// </summary>
    /// <returns>The row after it; null when there is none of that uid and generation.</returns>
    Task<ExecutionRow?> UpdateSettingsAsync(SettingsWrite write, CancellationToken cancellationToken);

    /// <summary>
    /// Finds executions whose <see cref="ExecutionRow.DeleteAt"/> is not after <paramref name="now"/>, the oldest first, those of one
    /// time in the order of their uids.
    /// </summary>
    /// <param name="now">The caller's time.</param>
    /// <param name="after">Only those after this one; null: from the beginning.</param>
    /// <param name="limit">At most so many; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<ExecutionRow>> FindDeletableAsync(DateTimeOffset now, DueRow? after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes executions with their journals and messages, in one transaction. Each leaves a mark that
    /// <see cref="ReadChangesAsync"/> tells of until it is pruned. An owner that still runs one is fenced from then on.
    /// </summary>
    /// <param name="rows">At most 1,000. Those that are gone, or have another uid or a later version, or have not ended though they must, are passed over.</param>
    /// <param name="cancellationToken">Gives up; they may be deleted nevertheless.</param>
    /// <returns>How many were deleted.</returns>
    Task<int> DeleteAsync(IReadOnlyList<RowDeletion> rows, CancellationToken cancellationToken);

    /// <summary>Forgets deletions older than <paramref name="age"/>: who has not read them by then must list again.</summary>
    /// <param name="age">By the store's own clock, which stamped them.</param>
    /// <param name="limit">At most so many; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many there were.</returns>
    Task<int> PruneDeletionsAsync(TimeSpan age, int limit, CancellationToken cancellationToken);

    /// <summary>Reads a part of a journal, in order.</summary>
    /// <param name="uid">The execution.</param>
    /// <param name="after">The sequence number read last; 0 to begin.</param>
    /// <param name="limit">At most so many records; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<JournalRecord>> ReadJournalAsync(Guid uid, long after, int limit, CancellationToken cancellationToken);

    /// <summary>The version up to which everything that will ever be committed is visible: where a watch begins.</summary>
    Task<long> ReadVersionAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Reads the latest state of executions that changed after a version, deleted ones included, ordered by version. An execution that
    /// changed several times appears once, with its latest version; one that was deleted and created anew appears for each of its uids.
    /// Changes of one version are never split over two answers, so an answer may be longer than
    /// <paramref name="limit"/> by what one transaction changed.
    /// </summary>
    /// <param name="after">
    /// The version read last: all changes after it are returned, except those not yet safe to show. 0 is the beginning, which never
    /// expires; the versions of its further pages may, so who wants everything lists it and reads on from where the list began.
    /// </param>
    /// <param name="limit">About so many rows; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<ChangePage> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken);
}
