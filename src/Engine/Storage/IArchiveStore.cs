namespace Kontinue.Engine.Storage;

/// <summary>Where trees of ended executions are kept, compressed, after they have left the tables that work is done with.</summary>
/// <remarks>
/// A tree is archived in two moves that may be repeated: it is written here, and then its rows are deleted, children first and the root last. Of
/// one that was interrupted the root is left and found again.
/// </remarks>
public interface IArchiveStore
{
    /// <summary>
    /// Finds root executions whose <see cref="ExecutionRow.ArchiveAt"/> is not after <paramref name="now"/>, the oldest first, save those
    /// that are due to be deleted as well.
    /// </summary>
    /// <param name="now">The caller's time.</param>
    /// <param name="after">Only those after this one, in the order of time and uid; null: from the beginning.</param>
    /// <param name="limit">At most so many; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<DueRow>> FindArchivableAsync(DateTimeOffset now, DueRow? after, int limit, CancellationToken cancellationToken);

    /// <summary>Stores an archived tree, or replaces what is stored of it.</summary>
    /// <remarks>
    /// Pieces are written as they come, each in a transaction of its own, and count when all are there: reading a tree takes long, and a
    /// transaction must not. What a call that failed has left of them is deleted by <see cref="DeleteArchivesAsync"/> after
    /// <see cref="StoreArguments.ArchiveWriteLimit"/>; a call that takes longer than that fails.
    /// </remarks>
    /// <param name="archive">
    /// What is known of it. Its <see cref="ArchiveRow.ResourceVersion"/> says what it replaces: 0, nothing; otherwise the archived tree of that version.
    /// </param>
    /// <param name="pieces">The tree, compressed; each piece at most 1 MiB. Read once. What it throws is thrown on, and nothing is stored.</param>
    /// <param name="complete">
    /// Called when all pieces have been read: what is known of it by then, with the same uid and <see cref="ArchiveRow.ResourceVersion"/>.
    /// </param>
    /// <param name="cancellationToken">Gives up; then nothing is stored, or all.</param>
    /// <returns>False, with nothing stored, when something else is stored than what it says to replace: somebody was faster.</returns>
    Task<bool> WriteArchiveAsync(ArchiveRow archive, IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, Func<ArchiveRow> complete, CancellationToken cancellationToken);

    /// <summary>Reads the archived trees of a name, the youngest first.</summary>
    /// <param name="key">The root's address.</param>
    /// <param name="limit">At most so many; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<ArchiveRow>> FindArchivesAsync(ExecutionKey key, int limit, CancellationToken cancellationToken);

    /// <summary>Reads a page of archived trees, ordered by namespace, name and uid.</summary>
    /// <param name="namespace">Null: all namespaces.</param>
    /// <param name="after">Only those after this one; null: from the beginning.</param>
    /// <param name="limit">At most so many; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<ArchiveRow>> ListArchivesAsync(string? @namespace, (ExecutionKey Key, Guid Uid)? after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the pieces of an archived tree, in order; none when there is none. When it is replaced or deleted meanwhile, the rest is not
    /// to be had.
    /// </summary>
    /// <exception cref="StoreException">Transient: it was replaced or deleted after the first piece was read.</exception>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadArchiveAsync(Guid uid, CancellationToken cancellationToken);

    /// <summary>Whether there is an archived tree of this root with as many pieces and bytes as were written. Reads none of them.</summary>
    Task<bool> IsArchiveWholeAsync(Guid uid, CancellationToken cancellationToken);

    /// <summary>Deletes archived trees whose <see cref="ArchiveRow.DeleteAt"/> is not after <paramref name="now"/>, the oldest first.</summary>
    /// <param name="now">The caller's time.</param>
    /// <param name="limit">At most so many; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many there were.</returns>
    Task<int> DeleteArchivesAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>Deletes one archived tree.</summary>
    /// <returns>False when there is none.</returns>
    Task<bool> DeleteArchiveAsync(Guid uid, CancellationToken cancellationToken);
}

/// <summary>Names a row that is due for something.</summary>
/// <param name="At">When it is or was due.</param>
/// <param name="Key">Its address.</param>
/// <param name="Uid">Its uid.</param>
public readonly record struct DueRow(DateTimeOffset At, ExecutionKey Key, Guid Uid);

/// <summary>What is known of an archived tree without reading it.</summary>
public sealed record ArchiveRow
{
    /// <summary>The root's uid.</summary>
    public required Guid Uid { get; init; }

    /// <summary>The root's address, which others may have by now.</summary>
    public required ExecutionKey Key { get; init; }

    /// <summary>The root's function.</summary>
    public required string Function { get; init; }

    /// <summary>How the root ended.</summary>
    public required ExecutionPhase Phase { get; init; }

    /// <summary>The root's labels as a JSON object of strings; none when there are no labels.</summary>
    public JsonPayload Labels { get; init; }

    /// <summary>When the root was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the root ended.</summary>
    public required DateTimeOffset FinishedAt { get; init; }

    /// <summary>When the tree was archived.</summary>
    public required DateTimeOffset ArchivedAt { get; init; }

    /// <summary>When it is deleted from the archive; null: never.</summary>
    public DateTimeOffset? DeleteAt { get; init; }

    /// <summary>How many executions the tree has.</summary>
    public required int Executions { get; init; }

    /// <summary>
    /// The version that <see cref="IExecutionStore.ReadVersionAsync"/> gave before the tree was read: what is later is not in it.
    /// </summary>
    public required long Version { get; init; }

    /// <summary>How many bytes it takes, compressed. Set by the store.</summary>
    public long Bytes { get; init; }

    /// <summary>Set by the store, another one with each write, and never 0. When writing: the version that is replaced.</summary>
    public long ResourceVersion { get; init; }
}
