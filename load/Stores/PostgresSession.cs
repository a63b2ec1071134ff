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

    private PostgresSession(string connectionString, PrivatePostgres? server)
    {
        _connectionString = connectionString;
        _server = server;
    }

    public override int? ServerProcessId => _server?.ProcessId;

    public static async Task<PostgresSession> OpenAsync(string? connection, CancellationToken cancellationToken)
    {
        if (connection is not null)
        {
            await TryAsync(connection, cancellationToken);
            return new PostgresSession(connection, null);
        }

        if (!PrivatePostgres.IsAvailable)
        {
            throw new StoreUnusableException("--store postgres: initdb is not found. Install PostgreSQL, or name a server with --connection.");
        }

        PrivatePostgres server = await PrivatePostgres.StartAsync();
        return new PostgresSession(server.ConnectionString, server);
    }

    public override void Use(KontinueBuilder builder) => builder.UsePostgreSql(_connectionString);

    public override async Task<MachineProbe?> OpenProbeAsync() => await PostgresProbe.OpenAsync(_connectionString);

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
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
