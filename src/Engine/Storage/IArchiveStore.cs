namespace Kontinue.Engine.Storage;

/// <summary>Where trees of ended executions are kept, compressed, after they have left the tables that work is done with.</summary>
/// <remarks>
/// A tree is archived in two moves that may be repeated: it is written here, and then its rows are deleted, children first and the root last. Of
/// one that was interrupted the root is left and found again.
/// </remarks>
public interface IArchiveStore
{
    /// <summary>
    /// Finds root executions whose <see cref="ExecutionRow.ArchiveAt"/> is not after <paramref name="now"/>, the oldest first.
    /// </summary>
    /// <param name="now">The caller's time.</param>
    /// <param name="after">Only those after this one, in the order of time and uid; null: from the beginning.</param>
    /// <param name="limit">At most so many; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<DueRow>> FindArchivableAsync(DateTimeOffset now, DueRow? after, int limit, CancellationToken cancellationToken);

    /// <summary>Stores an archived tree, or replaces what an interrupted attempt has stored of it.</summary>
    /// <param name="archive">What is known of it.</param>
    /// <param name="pieces">The tree, compressed; each piece at most 1 MiB. Read once.</param>
    /// <param name="cancellationToken">Gives up; then nothing is stored, or all.</param>
    Task WriteArchiveAsync(ArchiveRow archive, IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, CancellationToken cancellationToken);

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

    /// <summary>Reads the pieces of an archived tree, in order; none when there is none.</summary>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadArchiveAsync(Guid uid, CancellationToken cancellationToken);

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

    /// <summary>How many bytes it takes, compressed. Set by the store.</summary>
    public long Bytes { get; init; }

    /// <summary>Set by the store; ignored when writing.</summary>
    public long ResourceVersion { get; init; }
}
