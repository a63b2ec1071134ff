using Kontinue.Engine.Storage;
using Kontinue.Storage.Sqlite;

namespace Kontinue.Storage.Tests.Backends;

public sealed class SqliteBackend : StoreBackend
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kontinue-sqlite-");

    public string Path => System.IO.Path.Combine(_folder.FullName, "data", "kontinue.db");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    protected override Task<IExecutionStore> CreateAsync() =>
        Task.FromResult<IExecutionStore>(new SqliteStore(new SqliteStoreOptions { Path = Path, ExclusiveProcess = false }));
}
