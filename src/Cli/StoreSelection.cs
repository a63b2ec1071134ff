using Kontinue.Cli.Commands;
using Kontinue.Engine.Hosting;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.Sqlite;
using Npgsql;

namespace Kontinue.Cli;

/// <summary>Which store a server uses.</summary>
/// <param name="DataFolder">The folder of the SQLite database.</param>
/// <param name="PostgreSql">A connection string; null: SQLite.</param>
internal sealed record StoreSelection(string DataFolder, string? PostgreSql)
{
    private const string Example = "Write one such as 'Host=localhost;Database=kontinue;Username=...'.";

    /// <summary>What the banner says. Never the connection string: it may have a password.</summary>
    public string Describe()
    {
        if (PostgreSql is null)
        {
            return $"SQLite, {DatabaseFile}";
        }

        var connection = new NpgsqlConnectionStringBuilder(PostgreSql);
        return $"PostgreSQL, {(connection.Database is { Length: > 0 } database ? $"database {database} " : "")}at {connection.Host}";
    }

    /// <summary>A folder, or the database that a connection string names.</summary>
    /// <param name="dataFolder">The folder.</param>
    /// <param name="connection">The connection string; null: SQLite.</param>
    /// <param name="source">Where the connection string was given.</param>
    /// <exception cref="UsageException">It is no connection string. What it has is not repeated: it may be a password.</exception>
    public static StoreSelection Of(string dataFolder, string? connection, string source)
    {
        if (connection is null)
        {
            return new StoreSelection(dataFolder, PostgreSql: null);
        }

        try
        {
            return string.IsNullOrWhiteSpace(connection) ? throw new UsageException($"{source} is empty. {Example}")
                : new NpgsqlConnectionStringBuilder(connection).Host is { Length: > 0 } ? new StoreSelection(dataFolder, connection)
                : throw new UsageException($"{source} names no host. {Example}");
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new UsageException($"{source} is not a connection string. {Example}");
        }
    }

    private string DatabaseFile => Path.Combine(DataFolder, "kontinue.db");

    /// <summary>Makes the folder.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be written.</exception>
    public void Prepare()
    {
        if (PostgreSql is not null)
        {
            return;
        }

        Directory.CreateDirectory(DataFolder);
        string probe = Path.Combine(DataFolder, $".probe-{Guid.NewGuid():N}");
        File.Create(probe).Dispose();
        File.Delete(probe);
    }

    public KontinueBuilder Apply(KontinueBuilder builder) =>
        PostgreSql is null ? builder.UseSqlite(DatabaseFile) : builder.UsePostgreSql(PostgreSql);
}
