using Kontinue.Engine.Storage;
using Kontinue.Storage.PostgreSql;
using Kontinue.Testing.PostgreSql;
using Xunit;

namespace Kontinue.Storage.Tests.Backends;

public sealed class PostgreSqlBackend(PostgreSqlServer server) : StoreBackend
{
    private readonly Lazy<Task<string>> _connectionString = new(async () => await (await server.GetAsync()).CreateDatabaseAsync());

    public Task<string> ConnectionStringAsync() => _connectionString.Value;

    protected override async Task<IExecutionStore> CreateAsync() =>
        new PostgreSqlStore(new PostgreSqlStoreOptions { ConnectionString = await ConnectionStringAsync(), MaxConnections = 20, ConnectTimeout = TimeSpan.FromMinutes(1) });
}

/// <summary>One server for all tests; it starts with the first one that asks.</summary>
public sealed class PostgreSqlServer : IAsyncLifetime
{
    public const string Collection = "PostgreSQL";

    // A change is shown when no transaction before it runs any more, in whichever database: a vacuum or an analysis that nobody asked for would hold it up.
    private readonly Lazy<Task<PrivatePostgres>> _server = new(() => PrivatePostgres.StartNewAsync(["autovacuum=off"]));

    public Task<PrivatePostgres> GetAsync()
    {
        Skip.IfNot(PrivatePostgres.TryFind(out string reason), reason);
        return _server.Value;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_server.IsValueCreated)
        {
            await (await _server.Value).DisposeAsync();
        }
    }
}

[CollectionDefinition(PostgreSqlServer.Collection)]
public sealed class PostgreSqlCollection : ICollectionFixture<PostgreSqlServer>;
