using Kontinue.Engine.Hosting;
using Kontinue.Load.Measurement;
using Kontinue.Storage.Sqlite;

namespace Kontinue.Load.Stores;

/// <summary>A SQLite file in a folder.</summary>
internal sealed class SqliteSession : StoreSession
{
    private readonly string _folder;
    private readonly bool _isTemporary;

    public SqliteSession(string? folder)
    {
        _isTemporary = folder is null;
        try
        {
            _folder = folder is null ? Directory.CreateTempSubdirectory("kontinue-load-").FullName : Directory.CreateDirectory(folder).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnusableException($"--connection '{folder}' cannot be used as a folder for the SQLite file: {e.Message}", e);
        }
    }

    public override string Connection => _folder;

    public override void Use(KontinueBuilder builder) => builder.UseSqlite(Path.Combine(_folder, "kontinue.db"));

    public override Task<MachineProbe?> OpenProbeAsync() => Task.FromResult<MachineProbe?>(new SqliteProbe(_folder));

    public override ValueTask DisposeAsync()
    {
        if (_isTemporary)
        {
            Directory.Delete(_folder, recursive: true);
        }

        return ValueTask.CompletedTask;
    }
}
