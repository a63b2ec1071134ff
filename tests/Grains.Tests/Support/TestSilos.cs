using System.Collections.Concurrent;
using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Grains.Client;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Grains.Hosting;
using Kontinue.Grains.Placement;
using Kontinue.Resources;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Kontinue.Grains.Tests.Support;

/// <summary>Silos in this process that share one store in memory.</summary>
internal sealed class TestSilos : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<string, Setup> Setups = new();

    /// <summary>Far more than anything here takes, also on a busy machine.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly string _id;

    private TestSilos(string id, TestCluster cluster, IExecutionStore store)
    {
        _id = id;
        Cluster = cluster;
        Store = store;
    }

    public TestCluster Cluster { get; }

    public IExecutionStore Store { get; }

    public IGrainFactory Grains => Cluster.Client;

    /// <summary>The client over grain calls, with a connection of its own to the silos.</summary>
    public IKontinueClient Client => Cluster.ServiceProvider.GetRequiredService<IKontinueClient>();

    /// <summary>What happens to the calls of <see cref="Client"/>.</summary>
    public LossFilter Losses => Cluster.ServiceProvider.GetRequiredService<LossFilter>();

    public static async Task<TestSilos> StartAsync(short count, Action<KontinueBuilder> code, Action<GrainClientOptions>? client = null, Action<int, KontinueBuilder>? more = null)
    {
        string id = Guid.NewGuid().ToString("N");
        var store = new InMemoryStore(TimeProvider.System);
        Setups[id] = new Setup(store, code, client, more);
        var builder = new TestClusterBuilder(count);
        builder.Options.ServiceId = id;
        builder.AddSiloBuilderConfigurator<SiloSetup>();
        builder.AddClientBuilderConfigurator<ClientSetup>();
        TestCluster cluster = builder.Build();
        await cluster.DeployAsync();
        var silos = new TestSilos(id, cluster, store);
        SiloAddress[] all = [.. silos.Parts<ILocalSiloDetails>().Select(silo => silo.SiloAddress)];

        // Until then a grain may be placed without regard to who has its execution.
        await UntilAsync(
            () => Task.FromResult(silos.Parts<SiloCatalog>().Zip(all).All(part => all.All(other => other.Equals(part.Second) || part.First.Find(other) is not null))),
            "the silos to know each other");
        return silos;
    }

    /// <summary>A part of each silo that runs.</summary>
    public IEnumerable<T> Parts<T>()
        where T : notnull => Cluster.Silos.Cast<InProcessSiloHandle>().Select(silo => silo.SiloHost.Services.GetRequiredService<T>());

    /// <summary>Waits until an execution, as stored, is in a phase.</summary>
    public async Task<ExecutionRow> WaitForPhaseAsync(string name, ExecutionPhase phase)
    {
        ExecutionRow? row = null;
        await UntilAsync(async () => (row = await Store.ReadAsync(Key(name), CancellationToken.None))?.Phase == phase, $"{name} to be {phase}");
        return row!;
    }

    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(began) > Deadline)
            {
                throw new TimeoutException($"Waited {Deadline.TotalSeconds} s in vain for {what}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    public Task<Execution> CreateAsync(string function, string name, TimeSpan wait)
    {
        GrainCalls.SetCreation(function, workerGroup: null);
        try
        {
            return Grains.GetExecution(Key(name)).CreateAsync(
                new Execution { Metadata = new ObjectMetadata { Name = name }, Spec = new ExecutionSpec { Function = function } }, wait,
                CancellationToken.None);
        }
        finally
        {
            GrainCalls.ClearCreation();
        }
    }

    public static ExecutionKey Key(string name) => new(ExecutionKey.DefaultNamespace, name);

    public async ValueTask DisposeAsync()
    {
        await Cluster.StopAllSilosAsync();
        await Cluster.DisposeAsync();
        Setups.TryRemove(_id, out _);
    }

    private sealed record Setup(IExecutionStore Store, Action<KontinueBuilder> Code, Action<GrainClientOptions>? Client, Action<int, KontinueBuilder>? More)
    {
        private int _started = -1;

        public int Next() => Interlocked.Increment(ref _started);
    }

    private sealed class SiloSetup : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder)
        {
            Setup setup = Setups[siloBuilder.Configuration["Orleans:ServiceId"] ?? siloBuilder.Configuration["ServiceId"]!];
            string name = (siloBuilder.Configuration["SiloName"] ?? siloBuilder.Configuration["Orleans:Name"]!).ToLowerInvariant();
            siloBuilder.AddKontinue(k =>
            {
                k.UseStore(_ => setup.Store).Configure(o => o.SiloName = name);
                setup.Code(k);
                setup.More?.Invoke(setup.Next(), k);
            });
        }
    }

    private sealed class ClientSetup : IClientBuilderConfigurator
    {
        public void Configure(IConfiguration configuration, IClientBuilder clientBuilder) => clientBuilder.Services
            .AddKontinueGrainClient(o =>
            {
                o.Backoff = TimeSpan.FromMilliseconds(5);
                Setups[configuration["Orleans:ServiceId"] ?? configuration["ServiceId"]!].Client?.Invoke(o);
            })
            .AddSingleton<LossFilter>()
            .AddSingleton<IOutgoingGrainCallFilter>(static provider => provider.GetRequiredService<LossFilter>());
    }
}
