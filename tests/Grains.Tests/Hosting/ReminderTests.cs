using Kontinue.Engine.Storage;
using Kontinue.Grains.Sleeping;
using Kontinue.Hosting.Conformance;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Grains.Tests.Hosting;

public sealed class ReminderTests
{
    [Fact]
    public async Task A_long_sleep_has_a_reminder_until_it_is_over()
    {
        await using GrainHosts host = await StartAsync(Sleeping(TimeSpan.FromHours(1)));
        ExecutionKey key = await CreateAsync(host);
        await Eventually.HoldsAsync(async () => await CountAsync(host, key) == 1);
        await Eventually.HoldsAsync(() => host.Silos.Sum(silo => silo.Activations + silo.Residents) == 0);

        await host.ResumeAsync(key, JsonPayload.Null);
        Assert.Equal(ExecutionPhase.Completed, (await host.WaitAsync(key, Eventually.Deadline)).Status!.Phase);
        await Eventually.HoldsAsync(async () => await CountAsync(host, key) == 0);
    }

    [Fact]
    public async Task A_reminder_of_what_has_ended_is_taken_back_when_it_comes()
    {
        await using GrainHosts host = await StartAsync(Sleeping(TimeSpan.Zero));
        ExecutionKey key = await CreateAsync(host);
        Assert.Equal(ExecutionPhase.Completed, (await host.WaitAsync(key, Eventually.Deadline)).Status!.Phase);
        ISleeperGrain sleeper = host.Cluster.Client.GetGrain<ISleeperGrain>(key.ToString());
        await sleeper.SleepAsync(TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1));
        Assert.Equal(1, await CountAsync(host, key));

        await sleeper.ReceiveReminder("wake", default);
        Assert.Equal(0, await CountAsync(host, key));
    }

    [Fact]
    public async Task A_reminder_that_comes_early_changes_nothing()
    {
        await using GrainHosts host = await StartAsync(Sleeping(TimeSpan.FromHours(1)));
        ExecutionKey key = await CreateAsync(host);
        await Eventually.HoldsAsync(async () => await CountAsync(host, key) == 1);

        await host.Cluster.Client.GetGrain<ISleeperGrain>(key.ToString()).ReceiveReminder("wake", default);
        Assert.Equal(1, await CountAsync(host, key));
        Assert.Equal(ExecutionPhase.Suspended, (await host.GetAsync(key)).Status!.Phase);
    }

    [Fact]
    public async Task A_reminder_wakes_what_is_due_and_nobody_has_looked_for()
    {
        HostSetup setup = Sleeping(TimeSpan.FromSeconds(10), o =>
        {
            o.SweepInterval = TimeSpan.FromMinutes(10);
            o.Lease = TimeSpan.FromSeconds(2);
        });
        await using GrainHosts host = await StartAsync(setup);
        ExecutionKey key = await CreateAsync(host);
        await Eventually.HoldsAsync(async () => await CountAsync(host, key) == 1);
        SiloId? owner = (await setup.Store.ReadAsync(key, CancellationToken.None))!.Owner;

        // Its timer goes with it; the other one looks when it hears of that, and there is nothing due yet.
        host.Silos.Single(silo => silo.Engine.Id == owner).Store.Cut();
        await Eventually.HoldsAsync(async () =>
            (await setup.Store.ReadAsync(key, CancellationToken.None))!.Phase == ExecutionPhase.Completed);
    }

    [Fact]
    public async Task A_silo_that_is_to_have_reminders_and_has_no_service_for_them_does_not_start()
    {
        Exception refused = await Assert.ThrowsAnyAsync<Exception>(
            () => GrainHosts.StartAsync(Sleeping(TimeSpan.FromHours(1)), count: 1, grains: o => o.Reminders = true));
        Assert.Contains("has no reminder service", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task There_are_none_by_default()
    {
        await using GrainHosts host = await GrainHosts.StartAsync(
            Sleeping(TimeSpan.FromHours(1)), count: 1, silo => silo.UseInMemoryReminderService(), grains => grains.ReminderThreshold = TimeSpan.FromSeconds(1));
        ExecutionKey key = await CreateAsync(host);
        await Eventually.HoldsAsync(() => host.Silos.Sum(silo => silo.Activations + silo.Residents) == 0);
        Assert.Equal(0, await CountAsync(host, key));
    }

    private static Task<GrainHosts> StartAsync(HostSetup setup) => GrainHosts.StartAsync(
        setup, count: 2, silo => silo.UseInMemoryReminderService(), grains => (grains.Reminders, grains.ReminderThreshold) = (true, TimeSpan.FromSeconds(1)));

    private static HostSetup Sleeping(TimeSpan time, Action<Engine.KontinueOptions>? options = null) => new(
        k => k.AddFunction("sleeps", (KontinueContext ktx) => ktx.Sleep(time)),
        o =>
        {
            o.SuspendedResidency = TimeSpan.Zero;
            options?.Invoke(o);
        });

    private static async Task<ExecutionKey> CreateAsync(GrainHosts host) => (await host.CreateAsync(
        new Execution { Metadata = new ObjectMetadata { Name = "one" }, Spec = new ExecutionSpec { Function = "sleeps" } }, TimeSpan.Zero)).Key;

    private static async Task<int> CountAsync(GrainHosts host, ExecutionKey key)
    {
        GrainId id = host.Grain(key).GetGrainId();
        return (await host.Service<IReminderTable>(host.Silos[0]).ReadRows(id)).Reminders.Count;
    }
}
