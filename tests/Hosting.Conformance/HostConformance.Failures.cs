using Kontinue.Resources;
using Xunit;

namespace Kontinue.Hosting.Conformance;

/// <summary>What holds when silos die, stop, or are cut off.</summary>
public abstract partial class HostConformance
{
    private const int Many = 30;

    [SkippableFact]
    public async Task A_silo_that_is_killed_loses_nothing_and_no_committed_step_runs_again()
    {
        await using HostUnderTest host = await StartAsync(AsItIs);
        await WaitBetweenTheStepsAsync(host);
        await host.Silos[^1].KillAsync();
        await EnsureOneAsync(host);
        await EndAllAsync(host);
    }

    [SkippableFact]
    public async Task A_silo_that_is_killed_while_steps_run_has_them_run_elsewhere()
    {
        await using HostUnderTest host = await StartAsync(AsItIs);
        await CreateAllAsync(host, RuleFunctions.SlowSecond, "k", Many);
        await Eventually.HoldsAsync(() => Enumerable.Range(0, Many).All(i => Ledger.Runs($"k{i}", "second") == 1));
        await host.Silos[^1].KillAsync();
        Ledger.Open(RuleFunctions.Gate);
        await EnsureOneAsync(host);
        for (int i = 0; i < Many; i++)
        {
            AssertEnded(await WaitForEndAsync(host, $"k{i}"), "2");
            Assert.Equal(1, Ledger.Runs($"k{i}", "first"));
            Assert.InRange(Ledger.Runs($"k{i}", "second"), 1, 2);
        }
    }

    [SkippableFact]
    public async Task A_silo_that_stops_hands_over_what_it_had()
    {
        await using HostUnderTest host = await StartAsync(AsItIs);
        await WaitBetweenTheStepsAsync(host);
        await host.Silos[^1].StopAsync();
        await EnsureOneAsync(host);
        await EndAllAsync(host);
    }

    [SkippableFact]
    public async Task A_silo_that_stops_lets_its_steps_end_and_keeps_their_results()
    {
        await using HostUnderTest host = await StartAsync(AsItIs);
        await CreateAllAsync(host, RuleFunctions.SlowFirst, "d", Many);
        await Eventually.HoldsAsync(() => Enumerable.Range(0, Many).All(i => Ledger.Runs($"d{i}", "slow") == 1));
        SiloUnderTest silo = host.Silos[^1];
        Task stopping = silo.StopAsync();
        await Eventually.HoldsAsync(async () => stopping.IsCompleted || !(await silo.LookAsync()).IsAccepting);
        Ledger.Open(RuleFunctions.Gate);
        await stopping.WaitAsync(Eventually.Deadline);
        await EnsureOneAsync(host);
        for (int i = 0; i < Many; i++)
        {
            await host.SendEventAsync(Key($"d{i}"), "go", JsonPayload.From(1));
            AssertEnded(await WaitForEndAsync(host, $"d{i}"), "1");
        }
    }

    [SkippableFact]
    public async Task Who_waits_while_a_silo_stops_or_dies_gets_the_result_of_the_next_one()
    {
        await using HostUnderTest host = await StartAsync(AsItIs);
        await WaitBetweenTheStepsAsync(host);
        Task<Execution>[] waits = [.. Enumerable.Range(0, Many).Select(i => host.WaitAsync(Key($"w{i}"), Long))];
        await host.StartSiloAsync();
        await host.Silos[0].StopAsync();
        await EndAllAsync(host);
        foreach (Task<Execution> wait in waits)
        {
            AssertEnded(await wait.WaitAsync(Eventually.Deadline), "2");
        }
    }

    [SkippableFact]
    public async Task The_first_silo_after_all_were_down_finds_what_is_left()
    {
        await using (HostUnderTest host = await StartAsync(AsItIs))
        {
            await WaitBetweenTheStepsAsync(host);
            await Task.WhenAll(host.Silos.ToList().Select(silo => silo.KillAsync()));
        }

        await using HostUnderTest after = await StartAsync(AsItIs);
        await EndAllAsync(after);
    }

    [SkippableFact]
    public async Task A_silo_that_was_cut_off_drops_what_others_have_taken_over()
    {
        await using HostUnderTest host = await StartAsync(new RuleSettings { Lease = TimeSpan.FromSeconds(2) });
        if (host.Silos.Count == 1)
        {
            await host.StartSiloAsync();
        }

        await host.CreateAsync(New(RuleFunctions.FirstOnce, "one"), TimeSpan.Zero);
        await Eventually.HoldsAsync(() => Ledger.Runs("one", "first") == 1);
        string? owner = (await host.GetAsync(Key("one"))).Status!.Silo;
        SiloUnderTest zombie = host.Silos.Single(silo => silo.Name == owner);
        zombie.CutOff();
        await Eventually.HoldsAsync(() => Ledger.Runs("one", "second") == 1);

        // Whoever is asked: also the one that is cut off has to send the caller on.
        AssertEnded(await WaitForEndAsync(host, "one"), "\"new\"");
        zombie.Mend();
        Ledger.Open(RuleFunctions.Gate);
        await Eventually.HoldsAsync(
            async () => (await Task.WhenAll(host.Silos.Select(silo => silo.LookAsync()))).All(silo => silo.Residents == 0), "no execution is in memory");
        Assert.Equal(1, Ledger.Runs("one", "second"));
        AssertEnded(await host.CreateAsync(New(RuleFunctions.FirstOnce, "two"), Long), "\"old\"");
    }

    private async Task WaitBetweenTheStepsAsync(HostUnderTest host)
    {
        await CreateAllAsync(host, RuleFunctions.Between, "w", Many);
        for (int i = 0; i < Many; i++)
        {
            await WaitForPhaseAsync(host, $"w{i}", ExecutionPhase.Suspended);
        }
    }

    private static async Task EnsureOneAsync(HostUnderTest host)
    {
        if (host.Silos.Count == 0)
        {
            await host.StartSiloAsync();
        }
    }

    private async Task EndAllAsync(HostUnderTest host)
    {
        for (int i = 0; i < Many; i++)
        {
            await host.SendEventAsync(Key($"w{i}"), "go", JsonPayload.From(i));
        }

        for (int i = 0; i < Many; i++)
        {
            AssertEnded(await WaitForEndAsync(host, $"w{i}"), "2");
            Assert.Equal(1, Ledger.Runs($"w{i}", "first"));
            Assert.Equal(1, Ledger.Runs($"w{i}", "second"));
        }
    }
}
