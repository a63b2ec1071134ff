using Npgsql;

namespace Kontinue.Silo.Schema;

/// <summary>
/// The tables of Orleans' providers for membership, reminders and grain storage, in the schema where the store has its own. They are made and upgraded
/// under a lock, so that silos may start together.
/// </summary>
/// <param name="connectionString">Where the database is.</param>
/// <param name="staleAfter">How long the members of a cluster count as alive without a sign.</param>
internal sealed class OrleansSchema(string connectionString, TimeSpan staleAfter)
{
    // Any number will do, so long as it stays the same over versions and is no other application's.
    private const long LockKey = 0x6B6F6E7453696C6F;

    private const string CreateVersionTable =
        "CREATE TABLE IF NOT EXISTS orleans_schema_version (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())";

    private const string ReadVersion = "SELECT coalesce(max(version), 0) FROM orleans_schema_version";

    /// <summary>Sees to it that the tables are there and are this cluster's.</summary>
    /// <param name="serviceId">The service.</param>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="create">Whether tables are made and upgraded; otherwise they must be there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SiloStartException">The database cannot be used as it is; the message says why and what would be right.</exception>
    public Task EnsureAsync(string serviceId, string clusterId, bool create, CancellationToken cancellationToken) => WithLockAsync(
        async connection =>
        {
            await EnsureTablesAsync(connection, create, cancellationToken).ConfigureAwait(false);
            await ClaimAsync(connection, serviceId, clusterId, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>
    /// Sees to it that no silo of a cluster uses the database. Makes and changes nothing; so a cluster whose first silo starts later does not learn of the silo that is alone.
    /// </summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SiloStartException">One does, or the database cannot be reached.</exception>
    public Task CheckAloneAsync(CancellationToken cancellationToken) => WithLockAsync(
        async connection =>
        {
            // Whatever the cluster's name is: its silos would not see this one among their members, and it has the default name as often as not.
            if (await ReadStateAsync(connection, cancellationToken).ConfigureAwait(false) is { Own: true } &&
                await ReadClusterAsync(connection, cancellationToken).ConfigureAwait(false) is { IsAlive: true } owner)
            {
                throw new SiloStartException(
                    $"The database is in use by cluster '{owner.Cluster}', and this silo is of no cluster, for Kontinue:Silo:Clustering is Localhost: it would run that cluster's executions. " +
                    $"Give the silo another database, set Clustering as the cluster has it, or stop all silos of '{owner.Cluster}' and wait {Duration.Format(staleAfter)}.");
            }
        },
        cancellationToken);

    private async Task WithLockAsync(Func<NpgsqlConnection, Task> body, CancellationToken cancellationToken)
    {
        try
        {
            var connection = new NpgsqlConnection(connectionString);
            await using (connection.ConfigureAwait(false))
            {
                await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
                NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
                await using (transaction.ConfigureAwait(false))
                {
                    await ExecuteAsync(connection, "SELECT pg_advisory_xact_lock($1)", cancellationToken, LockKey).ConfigureAwait(false);
                    await body(connection).ConfigureAwait(false);
                    await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (DatabaseFailures.Explain(e) is { } explanation)
        {
            throw new SiloStartException(explanation, e);
        }
    }

    private static async Task EnsureTablesAsync(NpgsqlConnection connection, bool create, CancellationToken cancellationToken)
    {
        (bool queries, bool own) = await ReadStateAsync(connection, cancellationToken).ConfigureAwait(false);
        if (queries && !own)
        {
            throw new SiloStartException(
                "The database has a table OrleansQuery that Kontinue has not made: another Orleans application uses it. Give Kontinue another database, or another " +
                "schema with 'Search Path=kontinue' in the connection string.");
        }

        int latest = OrleansScripts.Migrations[^1].Version;
        if (!own)
        {
            Require(create, $"The database has no tables for Orleans yet (schema version {latest} is needed)");
            await ExecuteAsync(connection, CreateVersionTable, cancellationToken).ConfigureAwait(false);
        }

        int current = (int)(await ReadAsync(connection, ReadVersion, cancellationToken).ConfigureAwait(false))!;
        if (current > latest)
        {
            throw new SiloStartException(
                $"The database's tables for Orleans have schema version {current}, but this program knows only {latest}: the database was used by a newer version. " +
                "Upgrade this program, or give it another database.");
        }

        if (current == latest)
        {
            return;
        }

        Require(create, $"The database's tables for Orleans have schema version {current}, and {latest} is needed");
        foreach ((int version, string text) in OrleansScripts.Migrations.Where(migration => migration.Version > current))
        {
            await ExecuteAsync(connection, text, cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(connection, "INSERT INTO orleans_schema_version (version) VALUES ($1)", cancellationToken, version).ConfigureAwait(false);
        }

        foreach ((string key, string text) in OrleansScripts.Queries)
        {
            await ExecuteAsync(
                connection,
                "INSERT INTO orleansquery (querykey, querytext) VALUES ($1, $2) ON CONFLICT (querykey) DO UPDATE SET querytext = excluded.querytext",
                cancellationToken, key, text).ConfigureAwait(false);
        }
    }

    private static void Require(bool create, string what)
    {
        if (!create)
        {
            throw new SiloStartException($"{what}, and Kontinue:Silo:CreateSchema is off. Start one silo of this version with it on, as a user that may create tables.");
        }
    }

    /// <summary>Two clusters on one database would run the same executions without knowing of each other's silos.</summary>
    private async Task ClaimAsync(NpgsqlConnection connection, string serviceId, string clusterId, CancellationToken cancellationToken)
    {
        if (await ReadClusterAsync(connection, cancellationToken).ConfigureAwait(false) is var (oldService, oldCluster, isAlive))
        {
            Check(oldService, serviceId, oldCluster, clusterId, isAlive);
        }

        await ExecuteAsync(connection, OrleansScripts.ClaimCluster, cancellationToken, serviceId, clusterId).ConfigureAwait(false);
    }

    /// <summary>Whose the database is; null: nobody's yet.</summary>
    private async Task<(string Service, string Cluster, bool IsAlive)?> ReadClusterAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(OrleansScripts.ReadCluster, connection) { Parameters = { new NpgsqlParameter { Value = staleAfter } } };
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? (reader.GetString(0), reader.GetString(1), reader.GetBoolean(2)) : null;
            }
        }
    }

    private void Check(string oldService, string service, string oldCluster, string cluster, bool isAlive)
    {
        if (!string.Equals(oldService, service, StringComparison.Ordinal))
        {
            throw new SiloStartException(
                $"The database belongs to service '{oldService}', and this silo is of service '{service}': its reminders and grain state would not be found. " +
                $"Set Kontinue:Silo:ServiceId to '{oldService}', or give the silo another database.");
        }

        if (isAlive && !string.Equals(oldCluster, cluster, StringComparison.Ordinal))
        {
            throw new SiloStartException(
                $"The database is in use by cluster '{oldCluster}', and this silo is of cluster '{cluster}': two clusters cannot share one database. " +
                $"Set Kontinue:Silo:ClusterId to '{oldCluster}', give the silo another database, or stop all silos of '{oldCluster}' and wait " +
                $"{Duration.Format(staleAfter)}.");
        }
    }

    private static async Task<(bool Queries, bool Own)> ReadStateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(OrleansScripts.ReadState, connection);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return (reader.GetBoolean(0), reader.GetBoolean(1));
            }
        }
    }

    private static async Task<object?> ReadAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            foreach (object parameter in parameters)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = parameter });
            }

            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
