using Kontinue.Resources;
using Xunit;

namespace Kontinue.Hosting.Conformance;

/// <summary>What silos share.</summary>
public abstract partial class HostConformance
{
    [SkippableFact]
    public async Task A_mutex_holds_over_all_silos()
    {
        await using HostUnderTest host = await StartAsync(new HostSetup(k => k.AddFunction("f", Inside)));
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i =>
        {
            Execution execution = New("f", $"m{i}");
            return host.CreateAsync(execution with { Spec = execution.Spec with { Mutex = new MutexSpec { Name = "one" } } }, TimeSpan.Zero);
        }));
        for (int i = 0; i < 12; i++)
        {
            AssertEnded(await WaitForEndAsync(host, $"m{i}"), "1");
        }

        Assert.Equal(1, _ledger.MostAtOnce);
    }

    [SkippableFact]
    public async Task A_limit_holds_over_all_silos()
    {
        await using HostUnderTest host = await StartAsync(new HostSetup(k => k.AddFunction("f", Inside, f => f.Concurrency.Limit = 3)));
        await CreateAllAsync(host, "f", "l", 24);
        for (int i = 0; i < 24; i++)
        {
            AssertEnded(await WaitForEndAsync(host, $"l{i}"), "1");
        }

        Assert.InRange(_ledger.MostAtOnce, 1, 3);
    }

    [SkippableFact]
    public async Task More_than_there_are_places_for_run_all_and_none_twice()
    {
        var setup = new HostSetup(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step("s", () => _ledger.Note(ktx, "s"))), options => options.MaxConcurrentExecutions = 5);
        await using HostUnderTest host = await StartAsync(setup);
        await CreateAllAsync(host, "f", "m", 200);
        for (int i = 0; i < 200; i++)
        {
            AssertEnded(await WaitForEndAsync(host, $"m{i}"), "1");
            Assert.Equal(1, _ledger.Runs($"m{i}", "s"));
        }
    }

    private Task<int> Inside(KontinueContext ktx) => ktx.Step("s", async cancellationToken =>
    {
        _ledger.Enter();
        await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
        _ledger.Leave();
        return 1;
    });
}
