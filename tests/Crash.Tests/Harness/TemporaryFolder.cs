using Kontinue.Crash.Host;

namespace Kontinue.Crash.Tests.Harness;

/// <summary>A folder for one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("kontinue-crash-").FullName;

    public HostSettings SqliteHost(string silo = "crash", double graceSeconds = 20) => new(
        "sqlite", File("kontinue.db"), File("steps.log"), TimeSpan.FromSeconds(graceSeconds), silo);

    public HostSettings PostgresHost(string connection, string silo = "crash", double graceSeconds = 20) => new(
        "postgres", connection, File("steps.log"), TimeSpan.FromSeconds(graceSeconds), silo);

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
