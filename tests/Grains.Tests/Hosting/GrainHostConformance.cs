using Kontinue.Hosting.Conformance;

namespace Kontinue.Grains.Tests.Hosting;

/// <summary>A cluster of three silos. The lease is so long that only the membership can tell in time that a silo is dead.</summary>
public sealed class GrainHostConformance : InProcessHostConformance
{
    protected override async Task<HostUnderTest> StartAsync(HostSetup setup) => await GrainHosts.StartAsync(setup with { Lease = TimeSpan.FromSeconds(60) }, count: 3);
}
