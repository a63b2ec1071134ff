using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.Sqlite;
using Kontinue.Testing.PostgreSql;
using Xunit;

namespace Kontinue.EndToEnd.Tests.Support;

/// <summary>The stores that there are: memory, files, and one PostgreSQL server that starts with the first test that asks.</summary>
public sealed class Stores : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kontinue-end-to-end-");
    private readonly Lazy<Task<PrivatePostgres>> _postgres = new(() => PrivatePostgres.StartNewAsync());
    private int _files;

    public static TheoryData<string> All => ["memory", "SQLite", "PostgreSQL"];

    public Task<PrivatePostgres> PostgresAsync()
    {
        Skip.IfNot(PrivatePostgres.TryFind(out string reason), reason);
        return _postgres.Value;
    }

    public string NewFile() => Path.Combine(_folder.FullName, $"{Interlocked.Increment(ref _files)}", "kontinue.db");

    /// <summary>An empty store of that kind; used again, it is the same one.</summary>
    public async Task<Action<KontinueBuilder>> NewAsync(string kind)
    {
        switch (kind)
        {
            case "SQLite":
                string path = NewFile();
                return k => k.UseSqlite(path);
            case "PostgreSQL":
                string connectionString = await (await PostgresAsync()).CreateDatabaseAsync();
                return k => k.UsePostgreSql(connectionString);
            default:
                var store = new InMemoryStore();
                return k => k.UseStore(_ => store);
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_postgres.IsValueCreated)
        {
            await (await _postgres.Value).DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }
}

/// <summary>All tests share the stores, and run one after the other: some stop the server.</summary>
[CollectionDefinition(Name)]
public sealed class StoresCollection : ICollectionFixture<Stores>
{
    public const string Name = "Stores";
}
