using Kontinue.Client;
using Kontinue.Engine;
using Kontinue.Engine.Jobs;
using Kontinue.Grains.Jobs;
using Kontinue.Grains.Tests.Hosting;
using Kontinue.Hosting.Conformance;
using Kontinue.Resources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Storage;

namespace Kontinue.Grains.Tests.Jobs;

/// <summary>Silos with the job gateway, over runners of tests.</summary>
internal sealed class JobSilosUnderTest : IAsyncDisposable
{
    /// <summary>Longer than any test takes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private string? _nextName;

    public TestRunners Runners { get; } = new();

    public SharedStorage Storage { get; } = new();

    public GrainHosts Host { get; private set; } = null!;

    public static async Task<JobSilosUnderTest> StartAsync(short count, Action<JobGatewayOptions>? options = null)
    {
        var silos = new JobSilosUnderTest();
        var setup = new HostSetup(
            k => k
                .AddFunction("builds", async (KontinueContext ktx) =>
                    (await ktx.RunJob("build", new JobSpec { Image = "tool:1" }, new JobOptions { ThrowOnFailure = false })).Outcome.ToString())
                .UseJobs(services => silos.Runners.Of(services.GetRequiredService<IOptions<KontinueOptions>>().Value.SiloName))
                .UseJobGatewayGrain(o =>
                {
                    (o.RunnerPatience, o.CheckInterval) = (Patience, TimeSpan.FromMilliseconds(100));
                    options?.Invoke(o);
                }),
            o =>
            {
                o.SuspendedResidency = TimeSpan.Zero;
                o.JobCheckInterval = TimeSpan.FromSeconds(1);
                o.SiloName = Interlocked.Exchange(ref silos._nextName, null) ?? o.SiloName;
            });
        silos.Host = await GrainHosts.StartAsync(setup, count, silo => silo.Services.AddKeyedSingleton<IGrainStorage>(JobGatewayExtensions.StorageName, silos.Storage));
        return silos;
    }

    public IReadOnlyList<InProcessSilo> All => Host.Silos;

    public string NameOf(InProcessSilo silo) => Host.Service<IOptions<KontinueOptions>>(silo).Value.SiloName;

    public TestRunner RunnerOf(InProcessSilo silo) => Runners.Of(NameOf(silo));

    public IJobGateway GatewayOf(InProcessSilo silo) => Host.Service<IJobGateway>(silo);

    /// <summary>Starts a silo under the name of one that is dead.</summary>
    public Task RestartAsync(string name)
    {
        _nextName = name;
        return Host.StartSiloAsync();
    }

    /// <summary>Creates an execution whose job begins on a silo.</summary>
    public async Task<JobRequest> BuildAsync(InProcessSilo silo, string name)
    {
        ExecutionKey key = (await Host.Service<IKontinueClient>(silo).CreateAsync(new Execution
        {
            Metadata = new ObjectMetadata { Name = name }, Spec = new ExecutionSpec { Function = "builds" },
        })).Key;
        return (await Runners.BegunAsync(key)).Job;
    }

    /// <summary>What the gateway has on record; null: nothing, or it cannot be asked now.</summary>
    public async Task<JobPlace?> FindAsync(InProcessSilo silo, JobId job)
    {
        try
        {
            return await Host.Service<IGrainFactory>(silo).GetGrain<IJobGatewayGrain>(IJobGatewayGrain.KeyOf(job)).FindAsync(job.Value);
        }
        catch (Exception e) when (e is OrleansException or UnavailableException or TimeoutException)
        {
            return null;
        }
    }

    /// <summary>The silo that has the gateway of a job.</summary>
    public async Task<InProcessSilo> HomeOfAsync(JobId job)
    {
        IGrainFactory grains = Host.Service<IGrainFactory>(All[0]);
        SiloAddress? address = null;
        await Eventually.HoldsAsync(
            async () => (address = await grains.GetGrain<IManagementGrain>(0).GetActivationAddress(grains.GetGrain<IJobGatewayGrain>(IJobGatewayGrain.KeyOf(job)))) is not null,
            "the gateway to be somewhere");
        return All.Single(silo => Host.Service<ILocalSiloDetails>(silo).SiloAddress.Equals(address));
    }

    public async Task<string> ResultAsync(ExecutionKey key) =>
        (await Host.WaitAsync(key, Eventually.Deadline)) is { Status: { Phase: ExecutionPhase.Completed } status } ? status.Result.ToString() : "not completed";

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
