using Kontinue.Engine.Storage;
using Npgsql;

namespace Kontinue.Storage.PostgreSql;

/// <summary>Brings the schema up to date.</summary>
internal static class Migrator
{
    // Any number will do, so long as it stays the same over versions and is no other application's.
    private const long LockKey = 0x6B6F6E74696E7565;

    private const int MinimumServerVersion = 15;

    /// <exception cref="StoreException">The schema is newer than this code, or the server too old.</exception>
    public static async Task MigrateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
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
            int current = await ReadVersionAsync(connection, cancellationToken).ConfigureAwait(false);
            int latest = Sql.Migrations[^1].Version;
            if (current > latest)
            {
                throw new StoreException(
                    $"The database has schema version {current}, but this program knows only {latest}: it was used by a newer version. " +
                    "Upgrade this program, or give it another database.",
                    isTransient: false);
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

    private static async Task<int> ReadVersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await ExecuteAsync(
            connection,
            "CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
            parameter: null,
            cancellationToken).ConfigureAwait(false);
        var command = new NpgsqlCommand("SELECT coalesce(max(version), 0) FROM schema_version", connection);
        await using (command.ConfigureAwait(false))
        {
            return (int)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
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
