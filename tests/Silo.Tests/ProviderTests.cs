using System.Net;
using Kontinue.Silo.Schema;
using Kontinue.Silo.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Serialization.Configuration;
using Orleans.Storage;
using Xunit;

namespace Kontinue.Silo.Tests;

/// <summary>Orleans' own providers over the statements of this project.</summary>
[Collection(DatabaseCollection.Name)]
public sealed class ProviderTests(Database databases)
{
    private static readonly DateTime Now = new(2030, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    [SkippableFact]
    public async Task Membership_changes_only_from_the_version_that_was_read()
    {
        using IHost host = await CreateAsync();
        IMembershipTable table = host.Services.GetRequiredService<IMembershipTable>();
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true);
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true);
        TableVersion first = (await table.ReadAllAsync()).Version;
        Assert.Equal(0, first.Version);

        MembershipEntry one = Entry(1);
        Assert.True(await table.InsertRowAsync(one, first.Next()));
        Assert.False(await table.InsertRowAsync(Entry(2), first.Next()));
        MembershipTableData data = await table.ReadAllAsync();
        Assert.Equal(1, data.Version.Version);
        Assert.False(await table.InsertRowAsync(one, data.Version.Next()));
        Assert.Equal(1, (await table.ReadAllAsync()).Version.Version);
        Assert.True(await table.InsertRowAsync(Entry(2), data.Version.Next()));

        data = await table.ReadRowAsync(one.SiloAddress);
        (MembershipEntry read, string etag) = Assert.Single(data.Members);
        Assert.Equal((one.SiloAddress, "silo-1", 31, SiloStatus.Active, Now), (read.SiloAddress, read.SiloName, read.ProxyPort, read.Status, read.StartTime));
        read.Status = SiloStatus.Dead;
        read.AddSuspector(Entry(2).SiloAddress, Now);
        Assert.False(await table.UpdateRowAsync(read, etag, first.Next()));
        Assert.True(await table.UpdateRowAsync(read, etag, data.Version.Next()));
        data = await table.ReadRowAsync(one.SiloAddress);
        Assert.Equal(SiloStatus.Dead, data.Members[0].Item1.Status);
        Assert.Equal(Entry(2).SiloAddress, Assert.Single(data.Members[0].Item1.SuspectTimes!).Item1);
        Assert.Equal(3, data.Version.Version);

        MembershipEntry alive = Entry(2);
        alive.IAmAliveTime = Now.AddHours(1);
        await table.UpdateIAmAliveAsync(alive);
        Assert.Equal(Now.AddHours(1), (await table.ReadRowAsync(alive.SiloAddress)).Members[0].Item1.IAmAliveTime);
        Assert.Equal(3, (await table.ReadAllAsync()).Version.Version);

        // Only what is not active, and only what is old.
        await table.CleanupDefunctSiloEntriesAsync(new DateTimeOffset(Now).AddDays(1));
        Assert.Equal(alive.SiloAddress, Assert.Single((await table.ReadAllAsync()).Members).Item1.SiloAddress);
        await table.DeleteMembershipTableEntriesAsync("c");
    }

    [SkippableFact]
    public async Task Of_two_silos_that_join_at_once_from_the_same_version_one_does()
    {
        using IHost host = await CreateAsync();
        IMembershipTable table = host.Services.GetRequiredService<IMembershipTable>();
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true);
        TableVersion version = (await table.ReadAllAsync()).Version;
        bool[] joined = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => table.InsertRowAsync(Entry(i), version.Next())));
        Assert.Single(joined, true);
        Assert.Single((await table.ReadAllAsync()).Members);
    }

    [SkippableFact]
    public async Task Reminders_are_stored_found_by_range_and_removed_by_version()
    {
        using IHost host = await CreateAsync();
        IReminderTable table = host.Services.GetRequiredService<IReminderTable>();
        await table.StartAsync();
        GrainId[] grains = [.. Enumerable.Range(0, 40).Select(i => GrainId.Create("t", $"g{i}"))];
        foreach (GrainId grain in grains)
        {
            await table.UpsertRow(Reminder(grain, TimeSpan.FromMinutes(1)));
        }

        ReminderEntry? read = await table.ReadRow(grains[0], "wake");
        Assert.Equal((grains[0], "wake", Now, TimeSpan.FromMinutes(1)), (read!.GrainId, read.ReminderName, read.StartAt, read.Period));
        Assert.Null(await table.ReadRow(grains[0], "other"));
        string? second = await table.UpsertRow(Reminder(grains[0], TimeSpan.FromDays(60)));
        Assert.NotEqual(read.ETag, second);
        Assert.Equal(TimeSpan.FromDays(60), Assert.Single((await table.ReadRows(grains[0])).Reminders).Period);
        Assert.False(await table.RemoveRow(grains[0], "wake", read.ETag!));

        // The ring goes over zero, and hashes are compared as they are stored: signed.
        uint[] hashes = [.. grains.Select(g => g.GetUniformHashCode())];
        foreach ((uint begin, uint end) in new[] { (hashes[3], hashes[9]), (hashes[9], hashes[3]), (0u, uint.MaxValue / 2), (uint.MaxValue / 2, 0u), (7u, 7u) })
        {
            string[] expected = [.. grains.Where(g => InRange(g.GetUniformHashCode(), begin, end)).Select(g => g.ToString()).Order(StringComparer.Ordinal)];
            Assert.Equal(expected, (await table.ReadRows(begin, end)).Reminders.Select(r => r.GrainId.ToString()).Order(StringComparer.Ordinal));
        }

        Assert.True(await table.RemoveRow(grains[0], "wake", second!));
        Assert.Null(await table.ReadRow(grains[0], "wake"));
        await table.TestOnlyClearTable();
        Assert.Empty((await table.ReadRows(7, 7)).Reminders);
    }

    [SkippableFact]
    public async Task Grain_state_is_written_by_who_has_read_it_last()
    {
        using IHost host = await CreateAsync();
        IGrainStorage storage = host.Services.GetRequiredKeyedService<IGrainStorage>("kontinue");
        var lifecycle = new SiloLifecycleSubject(NullLogger<SiloLifecycleSubject>.Instance);
        ((ILifecycleParticipant<ISiloLifecycle>)storage).Participate(lifecycle);
        await lifecycle.OnStart();
        GrainId[] grains =
        [
            GrainId.Create("t", "text key"), GrainId.Create(GrainType.Create("t"), GrainIdKeyExtensions.CreateGuidKey(Guid.NewGuid())), GrainId.Create(GrainType.Create("t"), GrainIdKeyExtensions.CreateIntegerKey(7)),
        ];
        foreach (GrainId grain in grains)
        {
            var state = new GrainState<Noted>(new Noted { Text = "one" });
            await storage.WriteStateAsync("state", grain, state);
            var other = new GrainState<Noted>(new Noted());
            await storage.ReadStateAsync("state", grain, other);
            Assert.Equal(("one", true, state.ETag), (other.State!.Text, other.RecordExists, other.ETag));

            other.State.Text = "two";
            await storage.WriteStateAsync("state", grain, other);
            await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("state", grain, state));
            await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("state", grain, new GrainState<Noted>(new Noted())));
            await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("state", grain, state));

            await storage.ClearStateAsync("state", grain, other);
            Assert.False(other.RecordExists);
            other.State.Text = "three";
            await storage.WriteStateAsync("state", grain, other);
            var last = new GrainState<Noted>(new Noted());
            await storage.ReadStateAsync("state", grain, last);
            Assert.Equal("three", last.State!.Text);
        }
    }

    private async Task<IHost> CreateAsync()
    {
        string connection = await databases.NewAsync();
        await new OrleansSchema(connection, TimeSpan.FromSeconds(9)).EnsureAsync("s", "c", create: true, CancellationToken.None);
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.Configure<TypeManifestOptions>(o => o.AllowAllTypes = true);
        builder.UseOrleans(silo => silo
            .Configure<ClusterOptions>(o => (o.ServiceId, o.ClusterId) = ("s", "c"))
            .UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = ("Npgsql", connection))
            .UseAdoNetReminderService(o => (o.Invariant, o.ConnectionString) = ("Npgsql", connection))
            .AddAdoNetGrainStorage("kontinue", (AdoNetGrainStorageOptions o) => (o.Invariant, o.ConnectionString) = ("Npgsql", connection)));
        return builder.Build();
    }

    private static bool InRange(uint hash, uint begin, uint end) =>
        (int)begin < (int)end ? (int)hash > (int)begin && (int)hash <= (int)end : (int)hash > (int)begin || (int)hash <= (int)end;

    private static MembershipEntry Entry(int number) => new()
    {
        SiloAddress = SiloAddress.New(IPAddress.Parse("10.0.0.1"), 100 + number, number), SiloName = $"silo-{number}", HostName = "h", Status = SiloStatus.Active,
        ProxyPort = 30 + number, StartTime = Now, IAmAliveTime = Now,
    };

    private static ReminderEntry Reminder(GrainId grain, TimeSpan period) => new() { GrainId = grain, ReminderName = "wake", StartAt = Now, Period = period };

    public sealed class Noted
    {
        public string Text { get; set; } = "";
    }
}
