using Kontinue.Engine.Hosting;
using Kontinue.Load.Measurement;
using Kontinue.Storage.PostgreSql;
using Kontinue.Testing.PostgreSql;
using Npgsql;

namespace Kontinue.Load.Stores;

/// <summary>A PostgreSQL database: one that was named, or that of a private server.</summary>
internal sealed class PostgresSession : StoreSession
{
    private readonly string _connectionString;
    private readonly PrivatePostgres? _server;
    private readonly PostgresStatistics _statistics;

    private PostgresSession(string connectionString, PrivatePostgres? server, int? serverProcessId)
    {
        _connectionString = connectionString;
        _server = server;
        _statistics = new PostgresStatistics(connectionString, serverProcessId);
    }

    public static async Task<PostgresSession> OpenAsync(string? connection, CancellationToken cancellationToken)
    {
        if (connection is not null)
        {
            await TryAsync(connection, cancellationToken);
            return new PostgresSession(connection, null, null);
        }

        if (!PrivatePostgres.TryFind(out string reason))
        {
            throw new StoreUnusableException($"--store postgres: {reason} Install PostgreSQL, or name a server with --connection.");
        }

        PrivatePostgres server = await PrivatePostgres.StartNewAsync(cancellationToken: cancellationToken);
        return new PostgresSession(server.ConnectionString, server, await FindServerAsync(server.ConnectionString, cancellationToken));
    }

    public override string Connection => _connectionString;

    public override void Use(KontinueBuilder builder) => builder.UsePostgreSql(_connectionString);

    public override async Task<MachineProbe?> OpenProbeAsync() => await PostgresProbe.OpenAsync(_connectionString);

    public override async Task<StoreReading?> ReadAsync() => await _statistics.ReadAsync();

    /// <summary>A role that may not write a checkpoint leaves that to the server.</summary>
    public override async Task SettleAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_connectionString) { Pooling = false, CommandTimeout = 0 }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var vacuum = new NpgsqlCommand("VACUUM (ANALYZE)", connection);
        await vacuum.ExecuteNonQueryAsync(cancellationToken);
        try
        {
            await using var checkpoint = new NpgsqlCommand("CHECKPOINT", connection);
            await checkpoint.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            await Console.Error.WriteLineAsync("The role may not write a checkpoint, so one may fall into the run.");
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    /// <summary>The server's main process is the parent of every connection's process; null where there is no /proc.</summary>
    private static async Task<int?> FindServerAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("select pg_backend_pid()", connection);
        return ProcFiles.ParentOf((int)(await command.ExecuteScalarAsync(cancellationToken))!);
    }

    private static async Task TryAsync(string connectionString, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or ArgumentException or TimeoutException)
        {
            throw new StoreUnusableException($"--connection: the PostgreSQL server cannot be used: {e.Message}", e);
        }
    }
}
