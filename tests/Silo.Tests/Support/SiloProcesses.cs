using Kontinue.Chaos.Cluster;
using Kontinue.Client;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Hosting.Conformance;
using Kontinue.Hosting.Conformance.Processes;
using Kontinue.Resources;
using Npgsql;
using Xunit;

namespace Kontinue.Silo.Tests.Support;

/// <summary>
/// Silos as operators run them, each a process with a way of its own to one database, and a caller by grain calls, which has another way. All is as it is by
/// default but for the lease: it is so long that only the membership can tell in time that a silo is dead.
/// </summary>
internal sealed class SiloProcesses : HostUnderTest
{
    private static readonly TimeSpan LongLease = TimeSpan.FromSeconds(60);

    private readonly string _database;
    private readonly string[] _settings;
    private readonly LedgerServer _ledger;
    private readonly List<Silo> _all = [];
    private GrainCaller? _caller;
    private List<Silo> _living = [];

    private SiloProcesses(string database, RuleSettings settings, LedgerServer ledger)
    {
        _database = database;
        _ledger = ledger;
        _settings =
        [
            $"Kontinue:Silo:Functions:0={typeof(RuleModule).Assembly.Location}", "Kontinue:Silo:Samples=false", $"{RuleModule.LedgerVariable}={ledger.Url}",
            .. (settings with { Lease = settings.Lease ?? LongLease }).ToConfiguration().Select(setting => $"{setting.Name}={setting.Value}"),
        ];
    }

    public override IReadOnlyList<SiloUnderTest> Silos => _living;

    private IKontinueClient Client => _caller!.Client;

    public static async Task<SiloProcesses> StartAsync(string database, RuleSettings settings, Ledger ledger, int count)
    {
        var host = new SiloProcesses(database, settings, await LedgerServer.StartAsync(ledger));
        try
        {
            List<Silo> silos = [.. Enumerable.Range(0, count).Select(_ => host.Launch())];
            await Task.WhenAll(silos.Select(silo => silo.Process.StartedAsync()));
            host._living = silos;
            host._caller = await GrainCaller.StartAsync(database);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public override async Task StartSiloAsync()
    {
        Silo silo = Launch();
        await silo.Process.StartedAsync();
        _living = [.. _living, silo];
    }

    public override Task<Execution> CreateAsync(Execution execution, TimeSpan wait) => Client.CreateAsync(execution, wait);

    public override Task<Execution> GetAsync(ExecutionKey key) => Client.GetAsync(key);

    public override Task<Execution> WaitAsync(ExecutionKey key, TimeSpan wait) => Client.WaitAsync(key, wait);

    public override Task SendEventAsync(ExecutionKey key, string name, JsonPayload payload) => Client.SendEventAsync(key, name, payload);

    public override Task ResumeAsync(ExecutionKey key, JsonPayload payload) => Client.ResumeAsync(key, payload: payload);

    public override Task CancelAsync(ExecutionKey key) => Client.CancelAsync(key);

    public override Task RetryAsync(ExecutionKey key) => Client.RetryAsync(key);

    public override async ValueTask DisposeAsync()
    {
        foreach (Silo silo in _all)
        {
            await silo.DisposeAsync();
        }

        if (_caller is not null)
        {
            await _caller.DisposeAsync();
        }

        await _ledger.DisposeAsync();
    }

    private Silo Launch()
    {
        var silo = new Silo(this, $"silo-{_all.Count + 1}");
        _all.Add(silo);
        return silo;
    }

    /// <summary>Executions that have an activation in a silo, as Orleans itself says.</summary>
    private async Task<int> CountActivationsAsync(string silo)
    {
        GrainType type = _caller!.Cluster.GetExecution(new ExecutionKey(ExecutionKey.DefaultNamespace, "any")).GetGrainId().Type;
        IManagementGrain management = _caller.Cluster.GetGrain<IManagementGrain>(0);
        SiloAddress[] addresses = [.. (await management.GetDetailedHosts(onlyActive: true)).Where(host => host.SiloName == silo).Select(host => host.SiloAddress)];
        return (await management.GetDetailedGrainStatistics(hostsIds: addresses)).Count(activation => activation.GrainId.Type == type);
    }

    private sealed class Silo : SiloUnderTest, IAsyncDisposable
    {
        private readonly SiloProcesses _host;
        private readonly DatabaseProxy _proxy;

        public Silo(SiloProcesses host, string name)
        {
            var way = new NpgsqlConnectionStringBuilder(host._database);
            _proxy = new DatabaseProxy(way.Port);
            (way.Host, way.Port) = ("127.0.0.1", _proxy.Port);
            (_host, Name) = (host, name);
            Process = SiloProcess.Launch(way.ConnectionString, name, host._settings);
        }

        public override string Name { get; }

        public SiloProcess Process { get; }

        public override async Task<SiloState> LookAsync()
        {
            SiloState state = await Process.LookAsync();
            return state with { Activations = await _host.CountActivationsAsync(Name) };
        }

        public override void CutOff() => _proxy.Cut();

        public override void Mend() => _proxy.Open();

        public override Task KillAsync()
        {
            Forget();
            return Process.KillAsync();
        }

        public override async Task StopAsync()
        {
            Forget();
            Process.Signal(SiloProcess.Terminate);
            Assert.Equal(0, await Process.ExitCodeAsync());
        }

        public async ValueTask DisposeAsync()
        {
            await Process.DisposeAsync();
            _proxy.Dispose();
        }

        private void Forget() => _host._living = [.. _host._living.Where(other => other != this)];
    }
}
