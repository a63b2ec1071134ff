using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests;

public sealed class StepTests
{
    [Fact]
    public async Task A_step_runs_once_and_its_value_is_the_functions_result()
    {
        int runs = 0;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction(
            "f", (KontinueContext ktx) => ktx.Step("a", () => Interlocked.Increment(ref runs) + 41)));

        Assert.Equal(42, await host.RunAsync<int>("f"));
        Assert.Equal(1, runs);
    }
}
