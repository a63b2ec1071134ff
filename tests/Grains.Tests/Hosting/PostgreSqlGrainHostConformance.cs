using System.Collections.Concurrent;
using Kontinue.Hosting.Conformance;
using Kontinue.Storage.PostgreSql;
using Kontinue.Testing.PostgreSql;
using Xunit;

namespace Kontinue.Grains.Tests.Hosting;

/// <summary>The same rules for three silos on a real PostgreSQL, each with connections of its own.</summary>
public sealed class PostgreSqlGrainHostConformance(PostgreSqlGrainHostConformance.Server server)
    : InProcessHostConformance, IClassFixture<PostgreSqlGrainHostConformance.Server>, IAsyncLifetime
{
    private const int MaxConnections = 8;

    // No rule is about a server that cannot be reached, and three silos that start at once on a busy machine wait long for their first connection.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromMinutes(1);

    private readonly ConcurrentBag<PostgreSqlStore> _stores = [];
    private string? _database;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (PostgreSqlStore store in _stores)
        {
            await store.DisposeAsync();
        }
    }

    protected override async Task<HostUnderTest> StartAsync(HostSetup setup)
    {
        // A rule that starts a host again does so on the same database.
        string database = _database ??= await server.NewDatabaseAsync();
        return await GrainHosts.StartAsync(setup with { NewConnection = () => Open(database), Lease = TimeSpan.FromSeconds(60) }, count: 3);
    }

    private PostgreSqlStore Open(string database)
    {
        var store = new PostgreSqlStore(new PostgreSqlStoreOptions { ConnectionString = database, MaxConnections = MaxConnections, ConnectTimeout = ConnectTimeout });
        _stores.Add(store);
        return store;
    }

    /// <summary>One server for all rules; each has a database of its own.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private PrivatePostgres? _server;

        public async Task<string> NewDatabaseAsync()
        {
            Skip.IfNot(PrivatePostgres.TryFind(out string reason), reason);
            return await (_server ??= await PrivatePostgres.StartNewAsync()).CreateDatabaseAsync();
        }

        public Task InitializeAsync() => Task.CompletedTask;

        public async Task DisposeAsync()
        {
            if (_server is not null)
            {
                await _server.DisposeAsync();
            }
        }
    }
}
