using Kontinue.Engine.Executions;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Concurrency;

public sealed class PriorityTests
{
    private sealed record Who(string Name);

    private static Action<KontinueBuilder> Code(Turnstile turnstile) => k => k
        .AddFunction("hold", (KontinueContext ktx, Who who) => ktx.Step("pass", () => turnstile.PassAsync(who.Name)))
        .AddFunction("note", (KontinueContext ktx, Who who) => ktx.Step("pass", () => turnstile.PassAsync(who.Name)));

    private static Task<TestHost> StartAsync(Turnstile turnstile, ManualTimeProvider? time = null, int places = 1) => TestHost.StartAsync(
        Code(turnstile), time: time, options: o =>
        {
            o.SweepInterval = TimeSpan.FromHours(1);

            // The clock jumps further than a usual lease lasts.
            o.Lease = TimeSpan.FromHours(1);
            o.MaxConcurrentExecutions = places;
        });

    private static Task<ExecutionKey> AddAsync(TestHost host, string name, int? priority = null, string? mutex = null) => host.StartFunctionAsync(
        new ExecutionSpec
        {
            Function = "note", Arguments = JsonPayload.From(new Who(name), KontinueJson.Options), Priority = priority,
            Mutex = mutex is null ? null : new MutexSpec { Name = mutex },
        },
        name);

    private static async Task<IReadOnlyList<string>> FinishAsync(TestHost host, Turnstile turnstile, int count)
    {
        turnstile.Open();
        await Wait.Until(() => turnstile.Order.Count == count);
        foreach (string name in turnstile.Order)
        {
            await host.WaitForEndAsync(TestHost.Key(name));
        }

        return turnstile.Order;
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("m", 100)]
    public async Task What_is_urgent_is_let_in_first(string? mutex, int places)
    {
        var turnstile = new Turnstile();
        await using TestHost host = await StartAsync(turnstile, new ManualTimeProvider(), places);
        await AddAsync(host, "first", mutex: mutex);
        await Wait.Until(() => turnstile.Inside() == 1);
        foreach ((string name, int? priority) in new (string, int?)[] { ("e5", 5), ("c3", null), ("a1", 1), ("d4", 4), ("c3-b", 3), ("b2", 2) })
        {
            host.Time.Advance(TimeSpan.FromMilliseconds(1));
            await AddAsync(host, name, priority, mutex);
        }

        Assert.Equal(["first", "a1", "b2", "c3", "c3-b", "d4", "e5"], await FinishAsync(host, turnstile, 7));
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("m", 100)]
    public async Task What_has_waited_long_enough_is_not_overtaken(string? mutex, int places)
    {
        var turnstile = new Turnstile();
        await using TestHost host = await StartAsync(turnstile, new ManualTimeProvider(), places);
        await AddAsync(host, "first", mutex: mutex);
        await Wait.Until(() => turnstile.Inside() == 1);
        await AddAsync(host, "old-and-slow", 5, mutex);
        host.Time.Advance(TimeSpan.FromSeconds(119));
        await AddAsync(host, "overtakes", 1, mutex);
        host.Time.Advance(TimeSpan.FromSeconds(2));
        await AddAsync(host, "too-late", 1, mutex);

        Assert.Equal(["first", "overtakes", "old-and-slow", "too-late"], await FinishAsync(host, turnstile, 4));
    }

    [Fact]
    public async Task A_new_one_does_not_overtake_those_that_wait_for_a_place_at_the_moment_when_one_becomes_free()
    {
        var turnstile = new Turnstile();
        await using TestHost host = await StartAsync(turnstile);
        ExecutionKey first = await AddAsync(host, "first");
        await Wait.Until(() => turnstile.Inside() == 1);
        await AddAsync(host, "waits");
        var found = new TaskCompletionSource();
        host.Store.BeforeFind = () => found.Task;
        turnstile.Open();
        await host.WaitForEndAsync(first);
        await Wait.Until(() => host.Engine.ResidentCount == 0);
        await AddAsync(host, "comes-later", 5);
        found.SetResult();

        Assert.Equal(["first", "waits", "comes-later"], await FinishAsync(host, turnstile, 3));
    }

    [Fact]
    public async Task Without_a_backlog_one_starts_at_once_whatever_its_priority()
    {
        var turnstile = new Turnstile();
        turnstile.Open();
        await using TestHost host = await StartAsync(turnstile, new ManualTimeProvider());
        for (int i = 0; i < 3; i++)
        {
            ExecutionKey key = await AddAsync(host, $"x{i}", 5);
            await host.WaitForEndAsync(key);

            // It was inserted by its owner, and never claimed.
            Assert.Equal(1, (await host.Shared.ReadAsync(key, default))!.Epoch);
            await Wait.Until(() => host.Engine.ResidentCount == 0);
        }
    }

    [Fact]
    public async Task After_a_backlog_new_ones_start_at_once_again()
    {
        var turnstile = new Turnstile();
        await using TestHost host = await StartAsync(turnstile);
        await AddAsync(host, "first");
        await Wait.Until(() => turnstile.Inside() == 1);
        await AddAsync(host, "waits");
        await FinishAsync(host, turnstile, 2);
        await Wait.Until(async () => (await host.Shared.ReadAsync(await host.StartFunctionAsync("note", new Who("again")), default))!.Epoch == 1, () => "", "the fast way");
    }

    [Fact]
    public async Task Each_look_finds_some_that_came_since_and_still_new_ones_start_at_once_again_when_there_are_places()
    {
        const int Most = 30;
        var turnstile = new Turnstile();
        await using TestHost host = await StartAsync(turnstile, places: 2);
        await AddAsync(host, "first");
        await AddAsync(host, "second");
        await Wait.Until(() => turnstile.Inside() == 2);
        int added = 0;
        host.Store.BeforeFind = async () =>
        {
            // Only when there are places: what finds none has to wait, and rightly so.
            if (Volatile.Read(ref added) < Most && turnstile.IsOpen)
            {
                await Wait.Until(() => host.Engine.ResidentCount == 0);
                await AddAsync(host, $"x{Interlocked.Increment(ref added)}");
            }
        };
        await AddAsync(host, "waits");
        turnstile.Open();
        await Wait.Until(() => Volatile.Read(ref added) == Most || StartedAtOnce().Any());

        Assert.NotEmpty(StartedAtOnce());

        // Who is inserted by its owner has begun by then.
        IEnumerable<WrittenRow> StartedAtOnce() => host.Store.Written.Where(
            row => row.IsInsert && row.Key.Name.StartsWith('x') && row.Phase != ExecutionPhase.Pending);
    }

    [Fact]
    public async Task More_wait_than_one_claim_takes_and_still_new_ones_start_at_once_when_there_are_places_for_all()
    {
        const int Many = 1200;
        var turnstile = new Turnstile();
        await using TestHost host = await StartAsync(turnstile, places: 2 * Many);
        var rows = new CommitUnit();
        rows.Rows.AddRange(Enumerable.Range(0, Many).Select(i => new RowWrite { Row = Waiting($"w{i}"), IsInsert = true }));
        await host.Shared.CommitAsync([rows], default);
        int looks = 0;
        var third = new TaskCompletionSource();
        host.Store.BeforeFind = () => Interlocked.Increment(ref looks) < 3 ? Task.CompletedTask : third.Task;
        host.Engine.SignalBacklog(null);
        await Wait.Until(() => Volatile.Read(ref looks) == 3);

        // Two claims of 500 are made, and 200 still wait, for which there are places.
        await Wait.Until(async () => (await host.Shared.ReadAsync(await AddAsync(host, $"x{Guid.NewGuid():N}"), default))!.Epoch == 1, () => "", "the fast way");
        third.SetResult();
        turnstile.Open();
        await Wait.Until(() => turnstile.Order.Count(name => name[0] == 'w') == Many);
    }

    private static ExecutionRow Waiting(string name) => new()
    {
        Key = TestHost.Key(name),
        Uid = Guid.CreateVersion7(),
        Function = "note",
        Phase = ExecutionPhase.Pending,
        Revision = 1,
        CreatedAt = DateTimeOffset.UnixEpoch,
        WakeAt = DateTimeOffset.UnixEpoch,
        Spec = new StoredSpec { Arguments = JsonPayload.From(new Who(name), KontinueJson.Options) }.Serialize(),
        Status = StoredStatus.InitialJson,
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Those_that_wait_for_permits_and_those_that_do_not_keep_each_other_from_no_place(bool isOneLimited)
    {
        const int Many = 12;
        var turnstile = new Turnstile();
        await using TestHost host = await StartAsync(turnstile);
        await AddAsync(host, "first");
        await Wait.Until(() => turnstile.Inside() == 1);
        for (int i = 0; i < Many; i++)
        {
            await AddAsync(host, $"x{i}", mutex: isOneLimited ? null : $"m{i}");
        }

        await AddAsync(host, "other", 1, isOneLimited ? "m" : null);

        Assert.InRange((await FinishAsync(host, turnstile, Many + 2)).ToList().IndexOf("other"), 1, 3);
    }

    [Fact]
    public void A_rank_is_the_time_of_creation_moved_by_the_priority()
    {
        DateTimeOffset now = ManualTimeProvider.Start;
        TimeSpan aging = TimeSpan.FromSeconds(10);

        Assert.Equal(now, Priorities.Rank(now, null, aging));
        Assert.Equal(now - TimeSpan.FromSeconds(20), Priorities.Rank(now, 1, aging));
        Assert.Equal(now + TimeSpan.FromSeconds(20), Priorities.Rank(now, 5, aging));
        Assert.Equal(now, Priorities.Rank(now, 5, TimeSpan.Zero));
    }
}
