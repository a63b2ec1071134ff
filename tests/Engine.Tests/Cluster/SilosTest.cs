using Kontinue.Engine.Hosting;
using Kontinue.Engine.Signals;
using Kontinue.Engine.Tests.Support;

namespace Kontinue.Engine.Tests.Cluster;

/// <summary>Silos that hear of each other, and look for nothing by themselves as long as a test takes.</summary>
public abstract class SilosTest
{
    private readonly InMemorySignalHub _hub = new();

    private protected Action<KontinueBuilder> WithSignals(Action<KontinueBuilder> code) => k =>
    {
        k.UseSignals(_ => _hub.CreateBus());
        code(k);
    };

    private protected static void NeverSweep(KontinueOptions options) => options.SweepInterval = TimeSpan.FromMinutes(10);

    private protected Task<TestHost> StartAsync(Action<KontinueBuilder> code, Action<KontinueOptions>? options = null) =>
        TestHost.StartAsync(WithSignals(code), options: o =>
        {
            NeverSweep(o);
            options?.Invoke(o);
        });
}
