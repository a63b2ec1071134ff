using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Signals;
using Kontinue.Hosting.Conformance;
using Kontinue.Resources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Tests.Hosts;

/// <summary>Embedded hosts in this process that share a store. Callers ask one after the other.</summary>
internal sealed class EmbeddedHosts(HostSetup setup) : HostUnderTest
{
    private readonly InMemorySignalHub _hub = new();
    private readonly List<EmbeddedSilo> _all = [];
    private readonly Lock _gate = new();
    private List<EmbeddedSilo> _living = [];
    private int _next;

    public override IReadOnlyList<InProcessSilo> Silos => _living;

    private IKontinueClient Client
    {
        get
        {
            List<EmbeddedSilo> living = _living;
            return living[Interlocked.Increment(ref _next) % living.Count].Client;
        }
    }

    /// <summary>Starts so many.</summary>
    public static async Task<HostUnderTest> StartAsync(HostSetup setup, int count)
    {
        var hosts = new EmbeddedHosts(setup);
        for (int i = 0; i < count; i++)
        {
            await hosts.StartSiloAsync();
        }

        return hosts;
    }

    public override async Task StartSiloAsync()
    {
        var silo = new EmbeddedSilo(this, setup, _hub, $"silo-{_all.Count + 1}");
        _all.Add(silo);
        await silo.Engine.StartAsync(CancellationToken.None);
        lock (_gate)
        {
            _living = [.. _living, silo];
        }
    }

    public override Task<Execution> CreateAsync(Execution execution, TimeSpan wait) => AskAsync(client => client.CreateAsync(execution, wait));

    public override Task<Execution> GetAsync(ExecutionKey key) => AskAsync(client => client.GetAsync(key));

    public override Task<Execution> WaitAsync(ExecutionKey key, TimeSpan wait) => AskAsync(client => client.WaitAsync(key, wait));

    public override Task SendEventAsync(ExecutionKey key, string name, JsonPayload payload) =>
        AskAsync(client => client.SendEventAsync(key, name, payload));

    public override Task ResumeAsync(ExecutionKey key, JsonPayload payload) => AskAsync(client => client.ResumeAsync(key, payload: payload));

    public override Task CancelAsync(ExecutionKey key) => AskAsync(client => client.CancelAsync(key));

    public override Task RetryAsync(ExecutionKey key) => AskAsync(client => client.RetryAsync(key));

    public override async ValueTask DisposeAsync()
    {
        foreach (EmbeddedSilo silo in _all)
        {
            await silo.DisposeAsync();
        }
    }

    private Task AskAsync(Func<IKontinueClient, Task> call) => AskAsync(async client =>
    {
        await call(client);
        return true;
    });

    /// <summary>Where one host stops, or has no way to the store, another one knows.</summary>
    private async Task<T> AskAsync<T>(Func<IKontinueClient, Task<T>> call)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await call(Client);
            }
            catch (UnavailableException) when (TimeProvider.System.GetElapsedTime(began) < Eventually.Deadline)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
    }

    private void Forget(EmbeddedSilo silo)
    {
        lock (_gate)
        {
            _living = [.. _living.Where(other => other != silo)];
        }
    }

    private sealed class EmbeddedSilo : InProcessSilo, IAsyncDisposable
    {
        private readonly EmbeddedHosts _hosts;
        private readonly ServiceProvider _services;
        private readonly EmbeddedHost _engine;
        private bool _isDisposed;

        public EmbeddedSilo(EmbeddedHosts hosts, HostSetup setup, InMemorySignalHub hub, string name)
        {
            _hosts = hosts;
            Name = name;
            Store = setup.Connect();
            var services = new ServiceCollection();
            services.AddLogging(static logging => logging.SetMinimumLevel(LogLevel.Warning));
            services.AddKontinue(kontinue =>
            {
                setup.Apply(kontinue, Store, name);
                kontinue.UseSignals(_ => hub.CreateBus());
            });
            _services = services.BuildServiceProvider();
            _engine = _services.GetRequiredService<EmbeddedHost>();
        }

        public override string Name { get; }

        public IKontinueClient Client => _services.GetRequiredService<IKontinueClient>();

        public override ILocalSilo Engine => _engine;

        public override CutStore Store { get; }

        public override int Activations => 0;

        public override Task KillAsync()
        {
            // What still runs of it reaches nothing any more.
            Store.Cut();
            _hosts.Forget(this);
            return Task.CompletedTask;
        }

        public override async Task StopAsync()
        {
            _hosts.Forget(this);
            await DisposeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                await _engine.StopAsync(CancellationToken.None).WaitAsync(Eventually.Deadline);
                await _services.DisposeAsync();
            }
        }
    }
}
