namespace Kontinue.Storage.PostgreSql;

/// <summary>Settings of a <see cref="PostgreSqlStore"/>.</summary>
public sealed class PostgreSqlStoreOptions
{
    /// <summary>
    /// Where the database is, as Npgsql takes it. The pool's size, its timeout and automatic preparation are set by the store. The tables
    /// are made in the first schema of its <c>Search Path</c>.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>
    /// Connections that this process may hold, those for commits included; a host has two more, for signals to other silos. Default 50; at least 2 more than
    /// <see cref="MaxConcurrentCommits"/>.
    /// </summary>
    public int MaxConnections { get; set; } = 50;

    /// <summary>How long to wait for a connection, new or from the pool. Default 5 s; whole seconds, at least 1.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Transactions that commit at once, each on a connection of its own. Default 2: while one waits for the disk the other one is
    /// computed. At least 1.
    /// </summary>
    public int MaxConcurrentCommits { get; set; } = 2;

    /// <summary>
    /// Whether missing tables are made, and old ones upgraded, when the store is initialized. Default true. When it is off nothing is created or altered; the
    /// role then needs no more than to read and write the tables, and a schema that is missing or of an older version is refused.
    /// </summary>
    public bool CreateSchema { get; set; } = true;

    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    internal void Validate()
    {
        if (string.IsNullOrWhiteSpace(ConnectionString))
        {
            throw new ArgumentException("The PostgreSQL store needs a connection string, such as \"Host=localhost;Database=kontinue\".");
        }

        if (MaxConcurrentCommits < 1)
        {
            throw new ArgumentException($"{nameof(MaxConcurrentCommits)} is {MaxConcurrentCommits}; it must be at least 1.");
        }

        if (MaxConnections < MaxConcurrentCommits + 2)
        {
            throw new ArgumentException(
                $"{nameof(MaxConnections)} is {MaxConnections}; with {MaxConcurrentCommits} concurrent commits it must be at least " +
                $"{MaxConcurrentCommits + 2}.");
        }

        if (ConnectTimeout < TimeSpan.FromSeconds(1))
        {
            throw new ArgumentException($"{nameof(ConnectTimeout)} is {ConnectTimeout}; it must be at least 1 s.");
        }
    }
}
