using Kontinue.Testing.PostgreSql;
using Xunit;

namespace Kontinue.Silo.Tests.Support;

/// <summary>One PostgreSQL server for all tests; each asks for a database of its own.</summary>
public sealed class Database : IAsyncLifetime
{
    private readonly Lazy<Task<PrivatePostgres>> _server = new(() => PrivatePostgres.StartNewAsync(["max_connections=400"]));

    public async Task<string> NewAsync()
    {
        Skip.IfNot(PrivatePostgres.TryFind(out string reason), reason);
        return await (await _server.Value).CreateDatabaseAsync();
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

/// <summary>All that need the database run one after the other: they start processes and measure.</summary>
[CollectionDefinition(Name)]
public sealed class DatabaseCollection : ICollectionFixture<Database>
{
    public const string Name = "Database";
}
