using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
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
        await using HostUnderTest host = await StartAsync(new HostSetup(AddTwoSteps));
        await WaitBetweenTheStepsAsync(host);
        await host.Silos[^1].KillAsync();
        await EnsureOneAsync(host);
        await EndAllAsync(host);
    }

    [SkippableFact]
    public async Task A_silo_that_is_killed_while_steps_run_has_them_run_elsewhere()
    {
        var mayEnd = new TaskCompletionSource();
        await using HostUnderTest host = await StartAsync(new HostSetup(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            await ktx.Step("first", () => _ledger.Note(ktx, "first"));
            return await ktx.Step("second", async () =>
            {
                _ledger.Note(ktx, "second");
                await mayEnd.Task;
                return 2;
            });
        })));
        await CreateAllAsync(host, "f", "k", Many);
        await Eventually.HoldsAsync(() => Enumerable.Range(0, Many).All(i => _ledger.Runs($"k{i}", "second") == 1));
        await host.Silos[^1].KillAsync();
        mayEnd.SetResult();
        await EnsureOneAsync(host);
        for (int i = 0; i < Many; i++)
        {
            AssertEnded(await WaitForEndAsync(host, $"k{i}"), "2");
            Assert.Equal(1, _ledger.Runs($"k{i}", "first"));
            Assert.InRange(_ledger.Runs($"k{i}", "second"), 1, 2);
        }
    }

    [SkippableFact]
    public async Task A_silo_that_stops_hands_over_what_it_had()
    {
        await using HostUnderTest host = await StartAsync(new HostSetup(AddTwoSteps));
        await WaitBetweenTheStepsAsync(host);
        await host.Silos[^1].StopAsync();
        await EnsureOneAsync(host);
        await EndAllAsync(host);
    }

    [SkippableFact]
    public async Task A_silo_that_stops_lets_its_steps_end_and_keeps_their_results()
    {
        var mayEnd = new TaskCompletionSource();
        await using HostUnderTest host = await StartAsync(new HostSetup(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            int runs = await ktx.Step("slow", async () =>
            {
                int now = _ledger.Note(ktx, "slow");
                await mayEnd.Task;
                return now;
            });
            await ktx.Event<int>("go");
            return runs;
        })));
        await CreateAllAsync(host, "f", "d", Many);
        await Eventually.HoldsAsync(() => Enumerable.Range(0, Many).All(i => _ledger.Runs($"d{i}", "slow") == 1));
        SiloUnderTest silo = host.Silos[^1];
        Task stopping = silo.StopAsync();
        await Eventually.HoldsAsync(() => !silo.Engine.IsAccepting || stopping.IsCompleted);
        mayEnd.SetResult();
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
        await using HostUnderTest host = await StartAsync(new HostSetup(AddTwoSteps));
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
        var setup = new HostSetup(AddTwoSteps);
        await using (HostUnderTest host = await StartAsync(setup))
        {
            await WaitBetweenTheStepsAsync(host);
            await Task.WhenAll(host.Silos.ToList().Select(silo => silo.KillAsync()));
        }

        await using HostUnderTest after = await StartAsync(setup);
        await EndAllAsync(after);
    }

    [SkippableFact]
    public async Task A_silo_that_was_cut_off_drops_what_others_have_taken_over()
    {
        var mayEnd = new TaskCompletionSource();
        var setup = new HostSetup(
            k => k.AddFunction("f", async (KontinueContext ktx) =>
            {
                string by = await ktx.Step("first", async () =>
                {
                    if (_ledger.Note(ktx, "first") > 1)
                    {
                        return "new";
                    }

                    await mayEnd.Task;
                    return "old";
                });
                await ktx.Step("second", () => _ledger.Note(ktx, "second"));
                return by;
            }),
            options => options.Lease = TimeSpan.FromSeconds(2));
        await using HostUnderTest host = await StartAsync(setup);
        if (host.Silos.Count == 1)
        {
            await host.StartSiloAsync();
        }

        await host.CreateAsync(New("f", "one"), TimeSpan.Zero);
        await Eventually.HoldsAsync(() => _ledger.Runs("one", "first") == 1);
        ExecutionRow row = (await host.Silos[0].Store.Store.ReadAsync(Key("one"), CancellationToken.None))!;
        SiloUnderTest zombie = host.Silos.Single(silo => silo.Engine.Id == row.Owner);
        zombie.Store.Cut();
        await Eventually.HoldsAsync(() => _ledger.Runs("one", "second") == 1);

        // Whoever is asked: also the one that is cut off has to send the caller on.
        AssertEnded(await WaitForEndAsync(host, "one"), "\"new\"");
        zombie.Store.Mend();
        mayEnd.SetResult();
        await Eventually.HoldsAsync(() => host.Silos.Sum(silo => silo.Residents) == 0);
        Assert.Equal(1, _ledger.Runs("one", "second"));
        AssertEnded(await host.CreateAsync(New("f", "two"), Long), "\"old\"");
    }

    private void AddTwoSteps(KontinueBuilder kontinue) => kontinue.AddFunction("two", async (KontinueContext ktx) =>
    {
        await ktx.Step("first", () => _ledger.Note(ktx, "first"));
        await ktx.Event<int>("go");
        await ktx.Step("second", () => _ledger.Note(ktx, "second"));
        return 2;
    });

    private async Task WaitBetweenTheStepsAsync(HostUnderTest host)
    {
        await CreateAllAsync(host, "two", "w", Many);
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
            Assert.Equal(1, _ledger.Runs($"w{i}", "first"));
            Assert.Equal(1, _ledger.Runs($"w{i}", "second"));
        }
    }
}
