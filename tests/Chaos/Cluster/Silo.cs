using Kontinue.Chaos.Silos;
using Kontinue.Crash.Host;
using Npgsql;

namespace Kontinue.Chaos.Cluster;

/// <summary>A place for one silo process, with its own way to the database.</summary>
internal sealed class Silo(SiloHost host, string place, string connection, int databasePort, string bodyLog, TimeSpan lease) : IAsyncDisposable
{
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(40);

    // A process that ends by itself is replaced while faults go on: never two of them in one place.
    private readonly SemaphoreSlim _changing = new(1);
    private readonly CancellationTokenSource _closing = new();
    private volatile HostProcess? _process;
    private Task _supervision = Task.CompletedTask;
    private int _ownEnds;

    /// <summary>The silo's name now.</summary>
    public string Name { get; private set; } = place;

    /// <summary>The process, while one runs and takes requests.</summary>
    public HostProcess? Process => _process;

    /// <summary>What its step bodies and its faults go by.</summary>
    public string Incarnation { get; private set; } = "";

    /// <summary>How often its process ended and nobody had told it to.</summary>
    public int OwnEnds => Volatile.Read(ref _ownEnds);

    public DatabaseProxy Proxy { get; } = new(databasePort);

    /// <summary>By which its connections are known to the database.</summary>
    public string ApplicationName { get; } = $"chaos-{place}";

    /// <summary>Starts a process, unless one runs, and waits until it takes requests, however often it must be tried.</summary>
    public async Task StartAsync(string? name, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (_process is null)
            {
                Name = name ?? Name;
                await LaunchAsync(cancellationToken);
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        if (await TakeAsync() is { } process)
        {
            await process.KillAsync();
            await process.DisposeAsync();
        }
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        if (await TakeAsync() is not { } process)
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
        await _closing.CancelAsync();
        await KillAsync();
        await _supervision;
        Proxy.Dispose();
        _closing.Dispose();
        _changing.Dispose();
    }

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
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
                HostProcess process = await host.StartAsync(settings);
                Incarnation = BodyLog.IncarnationOf(Name, process.Id);
                _process = process;
                if (host.MayEndItself)
                {
                    _supervision = SuperviseAsync(process);
                }

                return;
            }
            catch (HostGoneException) when (!cancellationToken.IsCancellationRequested)
            {
                // As a supervisor would: the database may be away just now.
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellationToken);
            }
        }
    }

    /// <summary>Takes the process out, so that nobody asks it and nobody starts it again.</summary>
    private async Task<HostProcess?> TakeAsync()
    {
        await _changing.WaitAsync();
        try
        {
            return Interlocked.Exchange(ref _process, null);
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task SuperviseAsync(HostProcess process)
    {
        await process.Gone;
        if (_closing.IsCancellationRequested || Interlocked.CompareExchange(ref _process, null, process) != process)
        {
            return;
        }

        Interlocked.Increment(ref _ownEnds);
        await process.DisposeAsync();
        try
        {
            await StartAsync(name: null, _closing.Token);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The run is over.
        }
    }
}
