using Kontinue.Engine.Storage;
using Npgsql;

namespace Kontinue.Storage.PostgreSql;

/// <summary>Keeps executions in a PostgreSQL database that any number of processes may share.</summary>
/// <remarks>
/// <para>
/// A row's resource version is the id of the transaction that wrote it. Readers see only versions below the oldest transaction still
/// running, so writers need no lock to keep watches complete; the price is that a long transaction anywhere in the cluster, also one in
/// another database, delays watches (not executions) until it ends.
/// </para>
/// <para>After a restore of the database from elsewhere, processes that use it must be restarted.</para>
/// </remarks>
public sealed partial class PostgreSqlStore : IExecutionStore
{
    private readonly NpgsqlDataSource _commits;
    private readonly NpgsqlDataSource _queries;
    private readonly SessionPool _sessions;
    private readonly bool _createSchema;
    private volatile bool _isDisposed;

    /// <summary>Does not connect yet.</summary>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public PostgreSqlStore(PostgreSqlStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        MaxConcurrentCommits = options.MaxConcurrentCommits;
        _createSchema = options.CreateSchema;
        _commits = DataSources.ForCommits(options);
        _queries = DataSources.ForQueries(options);
        _sessions = new SessionPool(_commits, MaxConcurrentCommits);
    }

    /// <inheritdoc/>
    public int MaxConcurrentCommits { get; }

    /// <inheritdoc/>
    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        try
        {
            NpgsqlConnection connection = await _queries.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await Migrator.MigrateAsync(connection, _createSchema, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (Failures.Concerns(e))
        {
            throw Failures.TranslateStart(e);
        }
    }

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellationToken) => ExecuteAsync(Sql.Ping, static _ => { }, cancellationToken);

    /// <inheritdoc/>
    public Task<CommitOutcome[]> CommitAsync(IReadOnlyList<CommitUnit> batch, CancellationToken cancellationToken)
    {
        StoreArguments.CheckBatch(batch);
        return GuardAsync(async () =>
        {
            CommitSession session = await _sessions.TakeAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await session.CommitAsync(batch, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _sessions.Return(session);
            }
        });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await _sessions.DisposeAsync().ConfigureAwait(false);
        await _commits.DisposeAsync().ConfigureAwait(false);
        await _queries.DisposeAsync().ConfigureAwait(false);
    }

    private Task<int> ExecuteAsync(string sql, Action<NpgsqlParameterCollection> bind, CancellationToken cancellationToken) =>
        GuardAsync(async () =>
        {
            NpgsqlCommand command = _queries.CreateCommand(sql);
            await using (command.ConfigureAwait(false))
            {
                bind(command.Parameters);
                return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
        });

    private Task<IReadOnlyList<T>> QueryAsync<T>(
        string sql, Action<NpgsqlParameterCollection> bind, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        GuardAsync(async () =>
        {
            NpgsqlCommand command = _queries.CreateCommand(sql);
            await using (command.ConfigureAwait(false))
            {
                bind(command.Parameters);
                NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    return (IReadOnlyList<T>)await ReadAllAsync(reader, read, cancellationToken).ConfigureAwait(false);
                }
            }
        });

    private static async Task<List<T>> ReadAllAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        List<T> rows = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private async Task<T> GuardAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (InvalidOperationException e) when (_isDisposed)
        {
            throw new StoreException("The PostgreSQL store is closed.", isTransient: false, e);
        }
        catch (Exception e) when (Failures.Concerns(e))
        {
            throw Failures.Translate(e);
        }
    }
}
