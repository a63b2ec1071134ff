using Kontinue.Chaos.Silos;
using Kontinue.Crash.Host;
using Npgsql;

namespace Kontinue.Chaos.Cluster;

/// <summary>A place for one silo process, with its own way to the database.</summary>
internal sealed class Silo(string place, string connection, int databasePort, string bodyLog, TimeSpan lease) : IAsyncDisposable
{
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(40);
    private volatile HostProcess? _process;

    /// <summary>The silo's name now.</summary>
    public string Name { get; private set; } = place;

    /// <summary>The process, while one runs and takes requests.</summary>
    public HostProcess? Process => _process;

    /// <summary>What its step bodies and its faults go by.</summary>
    public string Incarnation { get; private set; } = "";

    public DatabaseProxy Proxy { get; } = new(databasePort);

    /// <summary>By which its connections are known to the database.</summary>
    public string ApplicationName { get; } = $"chaos-{place}";

    /// <summary>Starts a process and waits until it takes requests, however often it must be tried.</summary>
    public async Task StartAsync(string? name, CancellationToken cancellationToken)
    {
        Name = name ?? Name;
        var settings = new SiloSettings(
            Name,
            new NpgsqlConnectionStringBuilder(connection) { Port = Proxy.Port, ApplicationName = ApplicationName }.ConnectionString,
            bodyLog,
            lease);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                HostProcess process = await HostProcess.StartAsync("Kontinue.Chaos.dll", settings.ToArguments());
                Incarnation = BodyLog.IncarnationOf(Name, process.Id);
                _process = process;
                return;
            }
            catch (HostGoneException) when (!cancellationToken.IsCancellationRequested)
            {
                // As a supervisor would: the database may be away just now.
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellationToken);
            }
        }
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        if (Interlocked.Exchange(ref _process, null) is { } process)
        {
            await process.KillAsync();
            await process.DisposeAsync();
        }
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        if (Interlocked.Exchange(ref _process, null) is not { } process)
        {
            return 0;
        }

        await using (process)
        {
            process.Terminate();
            return await process.ExitCodeAsync(StopDeadline);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Proxy.Dispose();
    }
}
