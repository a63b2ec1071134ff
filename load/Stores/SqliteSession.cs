using Kontinue.Engine.Hosting;
using Kontinue.Load.Measurement;
using Kontinue.Storage.Sqlite;
using Microsoft.Data.Sqlite;

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

    private string DatabaseFile => Path.Combine(_folder, "kontinue.db");

    public override void Use(KontinueBuilder builder) => builder.UseSqlite(DatabaseFile);

    public override Task<StoreReading?> ReadAsync() => Task.FromResult<StoreReading?>(new StoreReading
    {
        FileBytes = SizeOf(DatabaseFile), LogFileBytes = SizeOf(DatabaseFile + "-wal"),
    });

    public override Task SettleAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using var connection = new SqliteConnection($"Data Source={DatabaseFile};Pooling=False");
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "pragma optimize; pragma wal_checkpoint(truncate)";
            command.ExecuteNonQuery();
        }, cancellationToken);

    public override Task<MachineProbe?> OpenProbeAsync() => Task.FromResult<MachineProbe?>(new SqliteProbe(_folder));

    public override ValueTask DisposeAsync()
    {
        if (_isTemporary)
        {
            Directory.Delete(_folder, recursive: true);
        }

        return ValueTask.CompletedTask;
    }

    private static long? SizeOf(string file) => File.Exists(file) ? new FileInfo(file).Length : null;
}
