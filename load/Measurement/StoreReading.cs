namespace Kontinue.Load.Measurement;

/// <summary>What a database has done since its start, and how large it is. Null is what it does not tell.</summary>
internal sealed record StoreReading
{
    public long? Transactions { get; init; }

    /// <summary>Transactions that were rolled back.</summary>
    public long? Rollbacks { get; init; }

    /// <summary>Bytes of PostgreSQL's write-ahead log, or that the process with SQLite caused to be written to disks.</summary>
    public long? WrittenBytes { get; init; }

    public long? RowsInserted { get; init; }

    public long? RowsUpdated { get; init; }

    /// <summary>Of <see cref="RowsUpdated"/>: those that needed no new index entries.</summary>
    public long? RowsUpdatedInPage { get; init; }

    public long? RowsDeleted { get; init; }

    public long? BlocksHit { get; init; }

    public long? BlocksRead { get; init; }

    /// <summary>Versions of rows that wait for a vacuum.</summary>
    public long? DeadRows { get; init; }

    public long? TableBytes { get; init; }

    public long? IndexBytes { get; init; }

    /// <summary>SQLite: the database's file.</summary>
    public long? FileBytes { get; init; }

    /// <summary>SQLite: the file of its write-ahead log.</summary>
    public long? LogFileBytes { get; init; }

    /// <summary>Of a private server: all its processes.</summary>
    public double? CpuSeconds { get; init; }

    /// <summary>Of a private server: all its processes, what they share counted once.</summary>
    public double? MemoryMiB { get; init; }

    /// <summary>The share of blocks that were found in the database's own cache.</summary>
    public double? CacheHitRatio => BlocksHit + BlocksRead > 0 ? (double?)BlocksHit / (BlocksHit + BlocksRead) : null;

    /// <summary>What was done since an earlier reading; sizes and rows that wait as they are now.</summary>
    public StoreReading Since(StoreReading earlier) => this with
    {
        Transactions = Transactions - earlier.Transactions,
        Rollbacks = Rollbacks - earlier.Rollbacks,
        WrittenBytes = WrittenBytes - earlier.WrittenBytes,
        RowsInserted = RowsInserted - earlier.RowsInserted,
        RowsUpdated = RowsUpdated - earlier.RowsUpdated,
        RowsUpdatedInPage = RowsUpdatedInPage - earlier.RowsUpdatedInPage,
        RowsDeleted = RowsDeleted - earlier.RowsDeleted,
        BlocksHit = BlocksHit - earlier.BlocksHit,
        BlocksRead = BlocksRead - earlier.BlocksRead,
        CpuSeconds = CpuSeconds - earlier.CpuSeconds is { } used ? Math.Max(0, used) : null,
    };
}
