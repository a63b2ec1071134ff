using Kontinue.Resources;
using Xunit;

namespace Kontinue.Hosting.Conformance;

/// <summary>What silos share.</summary>
public abstract partial class HostConformance
{
    [SkippableFact]
    public async Task A_mutex_holds_over_all_silos()
    {
        await using HostUnderTest host = await StartAsync(AsItIs);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i =>
        {
            Execution execution = New(RuleFunctions.Inside, $"m{i}");
            return host.CreateAsync(execution with { Spec = execution.Spec with { Mutex = new MutexSpec { Name = "one" } } }, TimeSpan.Zero);
        }));
        for (int i = 0; i < 12; i++)
        {
            AssertEnded(await WaitForEndAsync(host, $"m{i}"), "1");
        }

        Assert.Equal(1, Ledger.MostAtOnce);
    }

    [SkippableFact]
    public async Task A_limit_holds_over_all_silos()
    {
        await using HostUnderTest host = await StartAsync(AsItIs);
        await CreateAllAsync(host, RuleFunctions.Limited, "l", 24);
        for (int i = 0; i < 24; i++)
        {
            AssertEnded(await WaitForEndAsync(host, $"l{i}"), "1");
        }

        Assert.InRange(Ledger.MostAtOnce, 1, RuleFunctions.Limit);
    }

    [SkippableFact]
    public async Task More_than_there_are_places_for_run_all_and_none_twice()
    {
        await using HostUnderTest host = await StartAsync(new RuleSettings { MaxConcurrentExecutions = 5 });
        await CreateAllAsync(host, RuleFunctions.OneStep, "m", 200);
        for (int i = 0; i < 200; i++)
        {
            AssertEnded(await WaitForEndAsync(host, $"m{i}"), "1");
            Assert.Equal(1, Ledger.Runs($"m{i}", "s"));
        }
    }
}
