using System.Collections.Concurrent;
using Kontinue.Engine.Hosting;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Grains.Client.Serialization;
using Kontinue.Grains.Hosting;
using Kontinue.Grains.Placement;
using Kontinue.Hosting.Conformance;
using Kontinue.Resources;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.TestingHost;

namespace Kontinue.Grains.Tests.Hosting;

/// <summary>A cluster of silos in this process, whose executions are called as grains.</summary>
internal sealed class GrainHosts : HostUnderTest
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, CutStore> _stores = new();
    private readonly ConcurrentQueue<CutStore> _dead = new();
    private readonly InProcessTestCluster _cluster;
    private List<GrainSilo> _living = [];

    private GrainHosts(HostSetup setup, short count, Action<ISiloBuilder>? silo, Action<GrainOptions>? grains)
    {
        var builder = new InProcessTestClusterBuilder(count);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((options, to) =>
        {
            CutStore store = _stores.GetOrAdd(options.SiloName, _ => setup.Connect());
            to.AddKontinue(kontinue => setup.Apply(kontinue, store, options.SiloName), grains);
            to.Configure<ClusterMembershipOptions>(o =>
            {
                o.ProbeTimeout = TimeSpan.FromSeconds(1);
                o.TableRefreshTimeout = TimeSpan.FromSeconds(2);
            });
            silo?.Invoke(to);
        });
        builder.ConfigureClient(client => client.Services.AddKontinueSerialization());
        _cluster = builder.Build();
    }

    public override IReadOnlyList<InProcessSilo> Silos => _living;

    public InProcessTestCluster Cluster => _cluster;

    public IExecutionGrain Grain(ExecutionKey key) => _cluster.Client.GetExecution(key);

    public static async Task<GrainHosts> StartAsync(
        HostSetup setup, short count, Action<ISiloBuilder>? silo = null, Action<GrainOptions>? grains = null)
    {
        var hosts = new GrainHosts(setup, count, silo, grains);
        await hosts._cluster.DeployAsync();
        hosts._living = [.. hosts._cluster.Silos.Select(handle => new GrainSilo(hosts, handle))];
        return hosts;
    }

    public T Service<T>(SiloUnderTest silo)
        where T : notnull => ((GrainSilo)silo).Service<T>();

    public override async Task StartSiloAsync() => _living = [.. _living, new GrainSilo(this, await _cluster.StartAdditionalSiloAsync())];

    public override Task<Execution> CreateAsync(Execution execution, TimeSpan wait)
    {
        var key = new ExecutionKey(ExecutionKey.DefaultNamespace, execution.Metadata.Name!);
        return CallAsync(async () =>
        {
            GrainCalls.SetCreation(execution.Spec.Function, execution.Spec.WorkerGroup);
            try
            {
                return await Grain(key).CreateAsync(execution, wait, CancellationToken.None);
            }
            finally
            {
                GrainCalls.ClearCreation();
            }
        });
    }

    public override Task<Execution> GetAsync(ExecutionKey key) => CallAsync(() => Grain(key).GetAsync(CancellationToken.None));

    public override async Task<Execution> WaitAsync(ExecutionKey key, TimeSpan wait)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            TimeSpan left = wait - TimeProvider.System.GetElapsedTime(began);
            TimeSpan part = left < TimeSpan.Zero ? TimeSpan.Zero : left < LongestWait ? left : LongestWait;

            // The answer may have gone by a gateway that is gone.
            Execution now = await CallAsync(() => Grain(key).WaitAsync(part, CancellationToken.None).WaitAsync(part + LongestWait));
            if (now.Status!.Phase.IsTerminal() || left <= TimeSpan.Zero)
            {
                return now;
            }
        }
    }

    public override Task SendEventAsync(ExecutionKey key, string name, JsonPayload payload) =>
        CallAsync(() => Grain(key).SendEventAsync(new EventRequest { Name = name, Payload = payload }, CancellationToken.None));

    public override Task ResumeAsync(ExecutionKey key, JsonPayload payload) =>
        CallAsync(() => Grain(key).ResumeAsync(new ResumeRequest { Payload = payload }, CancellationToken.None));

    public override Task CancelAsync(ExecutionKey key) => CallAsync(() => Grain(key).CancelAsync(new CancelRequest(), CancellationToken.None));

    public override Task RetryAsync(ExecutionKey key) => CallAsync(() => Grain(key).RetryAsync(new RetryRequest(), CancellationToken.None));

    public override async ValueTask DisposeAsync()
    {
        foreach (CutStore store in _stores.Values.Concat(_dead))
        {
            store.Mend();
        }

        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
    }

    private static Task CallAsync(Func<Task> call) => CallAsync(async () =>
    {
        await call();
        return true;
    });

    /// <summary>Calls that a dying silo loses are made again, as a client does.</summary>
    private static async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await call();
            }
            catch (Exception e) when (e is OrleansException or TimeoutException or UnavailableException &&
                TimeProvider.System.GetElapsedTime(began) < Eventually.Deadline)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    private sealed class GrainSilo(GrainHosts hosts, InProcessSiloHandle handle) : InProcessSilo
    {
        private readonly IServiceProvider _services = handle.SiloHost.Services;

        public override string Name => handle.Name;

        public override ILocalSilo Engine { get; } = handle.SiloHost.Services.GetRequiredService<ILocalSilo>();

        public override CutStore Store { get; } = hosts._stores[handle.Name];

        public override int Activations => _services.GetRequiredService<Activations>().Count;

        public T Service<T>()
            where T : notnull => _services.GetRequiredService<T>();

        public override async Task KillAsync()
        {
            Store.Cut();
            Forget();
            await hosts._cluster.KillSiloAsync(handle);

            // The cluster may give its name to one that is started later.
            hosts._stores.TryRemove(handle.Name, out _);
            hosts._dead.Enqueue(Store);
        }

        public override async Task StopAsync()
        {
            Forget();
            await hosts._cluster.StopSiloAsync(handle);
        }

        private void Forget() => hosts._living = [.. hosts._living.Where(other => other != this)];
    }
}
