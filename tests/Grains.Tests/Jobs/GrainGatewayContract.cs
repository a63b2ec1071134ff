using Kontinue.Engine;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Jobs;
using Kontinue.Grains.Jobs;
using Kontinue.Grains.Tests.Hosting;
using Kontinue.Hosting.Conformance;
using Kontinue.Jobs.Tests.Contract;
using Kontinue.Jobs.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using Xunit;

namespace Kontinue.Grains.Tests.Jobs;

/// <summary>A cluster whose gateways the contract is tried with. The silo that is tried is one that it knows by its name.</summary>
public sealed class GatewayCluster : IAsyncLifetime
{
    private GrainHosts _host = null!;

    public async Task InitializeAsync()
    {
        var setup = new HostSetup(
            k => k.UseJobs(_ => new TestRunner("unused")).UseJobGatewayGrain(o => o.CheckInterval = TimeSpan.FromMinutes(10)), o => o.SiloName = "silo-1");
        _host = await GrainHosts.StartAsync(setup, 1, silo => silo.Services.AddKeyedSingleton<IGrainStorage>(JobGatewayExtensions.StorageName, new SharedStorage()));
    }

    public Task DisposeAsync() => _host.DisposeAsync().AsTask();

    internal GrainJobGateway Connect(IJobGateway runner)
    {
        InProcessSilo silo = _host.Silos[0];
        return new GrainJobGateway(
            runner, _host.Service<IServiceProvider>(silo), _host.Service<IGrainFactory>(silo), _host.Service<JobSilos>(silo), _host.Service<Lazy<JobRunnerClient>>(silo),
            _host.Service<Lazy<ILocalSilo>>(silo), _host.Service<IOptions<KontinueOptions>>(silo), _host.Service<IOptions<JobGatewayOptions>>(silo), TimeProvider.System,
            NullLogger<GrainJobGateway>.Instance);
    }
}

/// <summary>The contract of gateways over grains and local processes.</summary>
public sealed class GrainGatewayContract(GatewayCluster cluster) : JobGatewayContract, IClassFixture<GatewayCluster>
{
    private LocalGateway? _local;

    protected override IJobGateway Connect() => cluster.Connect((_local ??= new LocalGateway(FileOf("state"))).Connect(Silo));

    protected override JobSpec Shell(string script) => LocalGateway.Shell(script);
}
