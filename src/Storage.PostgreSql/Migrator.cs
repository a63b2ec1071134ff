using Kontinue.Engine.Storage;
using Npgsql;

namespace Kontinue.Storage.PostgreSql;

/// <summary>Brings the schema up to date.</summary>
internal static class Migrator
{
    // Any number will do, so long as it stays the same over versions and is no other application's.
    private const long LockKey = 0x6B6F6E74696E7565;

    private const int MinimumServerVersion = 15;

    // Where CREATE TABLE would make it: the first schema of the search path that there is and that the role may use.
    private const string IsMade = "SELECT to_regclass(quote_ident(current_schema()) || '.schema_version') IS NOT NULL";

    /// <param name="connection">Where.</param>
    /// <param name="create">Whether tables are made and upgraded; otherwise they must be there, and nothing but rows is written.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreException">The schema is newer than this code, or is not to be made or upgraded and would have to be, or the server is too old.</exception>
    public static async Task MigrateAsync(NpgsqlConnection connection, bool create, CancellationToken cancellationToken)
    {
        if (connection.PostgreSqlVersion.Major < MinimumServerVersion)
        {
            throw new StoreException(
                $"PostgreSQL {connection.PostgreSqlVersion} is too old: use version {MinimumServerVersion} or later.", isTransient: false);
        }

        // Held to the end of the transaction. Not before CREATE TABLE IF NOT EXISTS, which two processes cannot run at once.
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            // Another process may be at it, and a large table takes its time.
            await ExecuteAsync(connection, "SET LOCAL lock_timeout = 0", parameter: null, cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(connection, "SELECT pg_advisory_xact_lock($1)", LockKey, cancellationToken).ConfigureAwait(false);
            int latest = Sql.Migrations[^1].Version;
            int current = await ReadAsync<bool>(connection, IsMade, cancellationToken).ConfigureAwait(false)
                ? await ReadAsync<int>(connection, "SELECT coalesce(max(version), 0) FROM schema_version", cancellationToken).ConfigureAwait(false)
                : 0;
            if (current > latest)
            {
                throw new StoreException(
                    $"The database has schema version {current}, but this program knows only {latest}: it was used by a newer version. " +
                    "Upgrade this program, or give it another database.",
                    isTransient: false);
            }

            if (current < latest && !create)
            {
                throw new StoreException(
                    (current == 0 ? "The database has no tables of Kontinue where the connection's search path leads to" : $"The database's tables have schema version {current}") +
                    $", schema version {latest} is needed, and CreateSchema is off. Start one process of this version with it on, as a role that may create tables.",
                    isTransient: false);
            }

            if (current == 0)
            {
                await ExecuteAsync(
                    connection,
                    "CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
                    parameter: null,
                    cancellationToken).ConfigureAwait(false);
            }

            foreach ((int version, string text) in Sql.Migrations.Where(migration => migration.Version > current))
            {
                await ExecuteAsync(connection, text, parameter: null, cancellationToken).ConfigureAwait(false);
                await ExecuteAsync(connection, "INSERT INTO schema_version (version) VALUES ($1)", version, cancellationToken)
                    .ConfigureAwait(false);
            }

            await ExecuteAsync(connection, Sql.RaiseVersionOffset, parameter: null, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<T> ReadAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            return (T)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, object? parameter, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            if (parameter is not null)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = parameter });
            }

            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
