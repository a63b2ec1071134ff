namespace Kontinue.Storage.Sqlite;

/// <summary>Settings of a <see cref="SqliteStore"/>.</summary>
public sealed class SqliteStoreOptions
{
    /// <summary>The database file. It and its folder are created when missing. It must lie on a local disk: network file systems lock badly.</summary>
    public string Path { get; set; } = "kontinue.db";

    /// <summary>
    /// Whether a second process that opens the same file is refused. Default true: two hosts on one file are nearly always a mistake, and
    /// slow. When false, writers take turns by SQLite's own lock.
    /// </summary>
    public bool ExclusiveProcess { get; set; } = true;

    /// <summary>How long to wait for another process's transaction. Default 5 s; at least 0.</summary>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Connections that read at once. Default 4; at least 1.</summary>
    public int MaxReaders { get; set; } = 4;

    /// <summary>
    /// The largest number of pages (4 KiB each) that the file may have; beyond it, writes fail as on a full disk. Default 0: no bound but
    /// the disk.
    /// </summary>
    public int MaxPages { get; set; }

    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    internal void Validate()
    {
        if (string.IsNullOrWhiteSpace(Path) || Path.StartsWith(':') || Path.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException($"'{Path}' is not the path of a file, which the SQLite store needs, such as \"data/kontinue.db\".");
        }

        if (BusyTimeout < TimeSpan.Zero || BusyTimeout.TotalMilliseconds > int.MaxValue)
        {
            throw new ArgumentException($"{nameof(BusyTimeout)} is {BusyTimeout}; it must be 0 to 24 days.");
        }

        if (MaxReaders < 1)
        {
            throw new ArgumentException($"{nameof(MaxReaders)} is {MaxReaders}; it must be at least 1.");
        }

        if (MaxPages < 0)
        {
            throw new ArgumentException($"{nameof(MaxPages)} is {MaxPages}; it must be at least 0.");
        }
    }
}
