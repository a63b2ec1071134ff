using Kontinue.Hosting.Conformance;

namespace Kontinue.Engine.Tests.Hosts;

/// <summary>One embedded host.</summary>
public sealed class EmbeddedHostConformance : InProcessHostConformance
{
    protected override Task<HostUnderTest> StartAsync(HostSetup setup) => EmbeddedHosts.StartAsync(setup, count: 1);
}

/// <summary>Several hosts on one store.</summary>
public sealed class SharedStoreConformance : InProcessHostConformance
{
    protected override Task<HostUnderTest> StartAsync(HostSetup setup) => EmbeddedHosts.StartAsync(setup, count: 3);
}
