using Kontinue.Client;
using Kontinue.Resources;
using Kontinue.Silo.Tests.Support;
using Xunit;

namespace Kontinue.Silo.Tests;

/// <summary>Silos of two versions are one cluster for as long as an upgrade takes.</summary>
[Collection(DatabaseCollection.Name)]
public sealed class UpgradeTests(Database databases) : IDisposable
{
    private const int Count = 20;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly JsonPayload Approved = JsonPayload.Parse("""{"approved":true}""");

    private readonly NextSilo _next = new();

    public void Dispose() => _next.Dispose();

    [SkippableFact]
    public async Task Calls_work_both_ways_and_nothing_is_lost_when_the_old_silo_goes()
    {
        string database = await databases.NewAsync();
        await using SiloProcess old = SiloProcess.Launch(database, "old", "Kontinue:Engine:Version=1");
        await using SiloProcess next = LaunchNext(database);
        await Task.WhenAll(old.StartedAsync(), next.StartedAsync());
        Assert.Equal(["next 2", "old 1"], (await old.Client.ListSilosAsync()).Items.Select(s => $"{s.Metadata.Name} {s.Spec.Version}"));
        await AskAsync(old, "of-old", Count);
        await AskAsync(next, "of-next", Count);

        // What a client of the old version is told by a silo of either, values and errors.
        await using GrainCaller caller = await GrainCaller.StartAsync(database);
        foreach (string name in new[] { "of-old-0", "of-next-0" })
        {
            Execution there = await caller.Client.GetAsync(Key(name));
            Assert.Equal(name[3..^2], there.Status!.Silo);
            Assert.Equal(Key(name), (await Assert.ThrowsAsync<ExecutionAlreadyExistsException>(() => caller.Client.CreateAsync(Given.Execution("hello", name)))).Key);
            await Assert.ThrowsAsync<ExecutionConflictException>(() => caller.Client.ResumeAsync(Key(name), "nothing", Approved));
            await Assert.ThrowsAsync<ExecutionNotFoundException>(() => caller.Client.GetAsync(Key(name + "-not")));
            CreateOutcome outcome = Assert.Single(await caller.Client.CreateManyAsync([Given.Execution("hello", name)]));
            Assert.IsType<ExecutionAlreadyExistsException>(outcome.Error);
        }

        // A function that is new is placed where it is, and its call, of what is owned by the old silo, goes where it is known.
        Execution asks = Given.Execution("ask-next", "asks", new { of = "of-old-1" });
        Execution asked = await caller.Client.CreateAsync(asks, Deadline);
        Assert.True(asked.Status!.Phase == ExecutionPhase.Completed, $"It is {asked.Status.Phase}: {asked.Status.Error?.Message}");
        Assert.StartsWith("\"next: default/of-old-1 at ", asked.Status.Result.ToString(), StringComparison.Ordinal);

        // Resumed through the other one.
        await ResumeAsync(next, "of-old", 0, Count / 2);
        await ResumeAsync(old, "of-next", 0, Count);
        await EndedAsync(next, "of-old", 0, Count / 2);
        await EndedAsync(old, "of-next", 0, Count);

        old.Signal(SiloProcess.Terminate);
        Task<Execution>[] created = [.. Enumerable.Range(0, Count).Select(i => caller.Client.CreateAsync(Given.Execution("hello", $"new-{i}"), Deadline))];
        Assert.All(await Task.WhenAll(created), e => Assert.Equal(ExecutionPhase.Completed, e.Status!.Phase));
        await ResumeAsync(next, "of-old", Count / 2, Count);
        await EndedAsync(next, "of-old", Count / 2, Count);
        Assert.Equal(0, await old.ExitCodeAsync());
        int all = 0;
        await foreach (Execution execution in caller.Client.ListAllAsync())
        {
            Assert.Equal(ExecutionPhase.Completed, execution.Status!.Phase);
            all++;
        }

        Assert.Equal((3 * Count) + 1, all);
    }

    [SkippableFact]
    public async Task What_only_the_next_version_has_waits_for_it()
    {
        string database = await databases.NewAsync();
        await using SiloProcess old = await SiloProcess.StartAsync(database, "old", "Kontinue:Engine:WorkerGroup=v1");
        Execution pinned = Given.Execution("hello", "pinned") with { Spec = new ExecutionSpec { Function = "hello", WorkerGroup = "v2" } };
        Execution unknown = Given.Execution("from-module", "unknown");
        foreach (Execution execution in new[] { pinned, unknown })
        {
            Execution created = await old.Client.CreateAsync(execution, TimeSpan.FromMilliseconds(200));
            Assert.Equal(ExecutionPhase.Pending, created.Status!.Phase);
            Condition condition = Assert.Single(created.Status.Conditions!);
            Assert.Equal((Condition.FunctionUnknown, "True"), (condition.Type, condition.Status));
        }

        Execution kept = await old.Client.CreateAsync(Given.Execution("approval", "kept") with { Spec = new ExecutionSpec { Function = "approval", WorkerGroup = "v1" } }, TimeSpan.FromMilliseconds(500));
        await using SiloProcess next = LaunchNext(database, "Kontinue:Engine:WorkerGroup=v2");
        await next.StartedAsync();
        foreach (Execution execution in new[] { pinned, unknown })
        {
            Execution ended = await old.Client.WaitAsync(execution.Key, Deadline);
            Assert.Equal((ExecutionPhase.Completed, "next"), (ended.Status!.Phase, ended.Status.Silo));
        }

        // And what is of the old group stays there.
        await next.Client.ResumeAsync(kept.Key, "approval", Approved);
        Execution stayed = await next.Client.WaitAsync(kept.Key, Deadline);
        Assert.Equal((ExecutionPhase.Completed, "old"), (stayed.Status!.Phase, stayed.Status.Silo));
    }

    private SiloProcess LaunchNext(string database, params string[] settings) => SiloProcess.LaunchProgram(
        _next.Program, database, "next", ["Kontinue:Engine:Version=2", $"Kontinue:Silo:Functions:0={typeof(NextModule).Assembly.Location}", .. settings]);

    private static async Task AskAsync(SiloProcess silo, string prefix, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await silo.Client.CreateAsync(Given.Execution("approval", $"{prefix}-{i}"), TimeSpan.Zero);
        }

        using var deadline = new CancellationTokenSource(Deadline, TimeProvider.System);
        var asking = new HashSet<string>(StringComparer.Ordinal);
        await foreach (ExecutionEvent change in silo.Client.WatchAsync(new WatchQuery(), deadline.Token))
        {
            if (change.Execution is { Status.Phase: ExecutionPhase.Suspended } execution && execution.Metadata.Name!.StartsWith(prefix, StringComparison.Ordinal))
            {
                asking.Add(execution.Metadata.Name);
            }

            if (asking.Count == count)
            {
                return;
            }
        }
    }

    private static Task ResumeAsync(SiloProcess through, string prefix, int from, int to) => Task.WhenAll(
        Enumerable.Range(from, to - from).Select(i => through.Client.ResumeAsync(Key($"{prefix}-{i}"), "approval", Approved)));

    private static async Task EndedAsync(SiloProcess through, string prefix, int from, int to)
    {
        foreach (int i in Enumerable.Range(from, to - from))
        {
            Assert.Equal(ExecutionPhase.Completed, (await through.Client.WaitAsync(Key($"{prefix}-{i}"), Deadline)).Status!.Phase);
        }
    }

    private static ExecutionKey Key(string name) => new(ExecutionKey.DefaultNamespace, name);
}
