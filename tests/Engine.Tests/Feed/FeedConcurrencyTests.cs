using System.Globalization;
using Kontinue.Client;
using Kontinue.Engine.Feed;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Feed;

/// <summary>What a caller makes of a list and the events after it is what the store has in the end, whenever the watch begins.</summary>
public sealed class FeedConcurrencyTests : ChangeFeedTest
{
    private const int Writers = 4;
    private const int ChangesOfEach = 400;
    private const int Watches = 12;
    private static readonly ExecutionPhase[] Phases =
        [ExecutionPhase.Executing, ExecutionPhase.Suspended, ExecutionPhase.Backoff, ExecutionPhase.Completed];

    public static TheoryData<int> Selectors => [0, 1, 2, 3];

    [Theory]
    [MemberData(nameof(Selectors))]
    public async Task Nothing_is_lost_and_nothing_goes_back(int kind)
    {
        ExecutionSelector selector = kind switch
        {
            0 => ExecutionSelector.All,
            1 => new ExecutionSelector { Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Executing, ExecutionPhase.Suspended } },
            2 => new ExecutionSelector { Labels = [LabelRequirement.Equal("app", "shop")] },
            _ => new ExecutionSelector { Namespace = "default", Name = "w0-3" },
        };
        Task writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer))));
        var mirrors = new List<Mirror>();
        for (int i = 0; i < Watches; i++)
        {
            // Each joins at another moment of the writing.
            long reached = Writers * ChangesOfEach / Watches * i;
            await Wait.Until(async () => writing.IsCompleted || await Inner.ReadVersionAsync(default) >= reached, () => "", "the writers' progress");
            mirrors.Add(new Mirror());
            Mirror mirror = mirrors[i];
            bool isListed = i % 2 == 0;
            mirror.Run(Task.Run(() => MirrorAsync(mirror, selector, isListed)));
        }

        await Wait.For(writing, "the writers");
        foreach (Mirror mirror in mirrors)
        {
            await Wait.For(mirror.IsLive, "a watch to be live");
        }

        // Who is told of the last change is told after or together with everybody else.
        await using WatchReader all = await WatchReader.StartAsync(Feed, from: await VersionAsync());
        await Rows.AddAsync("end", ExecutionPhase.Executing, label: "shop");
        Assert.Equal(["Added end"], await all.NextAsync(1));
        Feed.Stop();

        string[] expected =
        [
            .. (await Inner.ListAsync(new RowQuery { Limit = 10_000 }, default)).Where(selector.Selects)
                .Select(row => $"{row.Key.Name} {row.Uid} {row.ResourceVersion}").Order(),
        ];
        foreach (Mirror mirror in mirrors)
        {
            await Wait.For(mirror.End, "the end of a watch");
            Assert.Empty(mirror.Faults);
            Assert.Equal(expected, mirror.Executions.Select(e => $"{e.Value.Name} {e.Key} {e.Value.Version}").Order());
        }
    }

    private async Task WriteAsync(int writer)
    {
        var random = new Random(writer);
        var mine = new List<ExecutionRow>();
        for (int i = 0; i < ChangesOfEach; i++)
        {
            int choice = random.Next(10);
            int index = mine.Count == 0 ? 0 : random.Next(mine.Count);
            if (mine.Count < 5 || choice < 2)
            {
                string name = $"w{writer}-{random.Next(20)}";
                if (mine.All(row => row.Key.Name != name))
                {
                    mine.Add(await Rows.AddAsync(name, Phases[random.Next(3)], label: random.Next(2) == 0 ? "shop" : "bank"));
                }
            }
            else if (choice < 4)
            {
                await Rows.DeleteAsync(mine[index]);
                mine.RemoveAt(index);
            }
            else if (choice < 6)
            {
                ExecutionRow labeled = await Rows.SetLabelAsync(mine[index], random.Next(2) == 0 ? "shop" : null);
                mine[index] = mine[index] with { Generation = labeled.Generation };
            }
            else
            {
                mine[index] = await Rows.SetPhaseAsync(mine[index], Phases[random.Next(Phases.Length)]);
            }
        }
    }

    /// <summary>Keeps what a list and the events after it, or the events alone, tell, until the feed stops.</summary>
    private async Task MirrorAsync(Mirror mirror, ExecutionSelector selector, bool isListed)
    {
        string? from = null;
        if (isListed)
        {
            from = await VersionAsync();
            ExecutionKey? next = null;
            do
            {
                ScanPage page = await RowScan.ReadAsync(Store, selector, next, 3, RowScan.MaxBytes, default);
                foreach (ExecutionRow row in page.Rows)
                {
                    mirror.Executions[row.Uid] = (row.Key.Name, row.ResourceVersion);
                }

                next = page.Next;
            }
            while (next is not null);
        }

        await using var watch = new WatchReader(Feed, selector, from);
        try
        {
            while (true)
            {
                mirror.Apply(await watch.NextAsync());
            }
        }
        catch (UnavailableException)
        {
            // The feed has stopped.
        }
    }

    private sealed class Mirror
    {
        private readonly TaskCompletionSource _live = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task IsLive => Task.WhenAny(_live.Task, End).Unwrap();

        public Task End { get; private set; } = Task.CompletedTask;

        public Dictionary<Guid, (string Name, long Version)> Executions { get; } = [];

        public List<string> Faults { get; } = [];

        public void Run(Task watch) => End = watch;

        public void Apply(ExecutionEvent next)
        {
            if (next is { Type: ExecutionEventType.Bookmark, IsInitialEnd: false })
            {
                _live.TrySetResult();
            }

            if (next.Execution is not { Metadata: { Uid: { } uid } metadata } execution)
            {
                return;
            }

            long version = long.Parse(metadata.ResourceVersion!, CultureInfo.InvariantCulture);
            if (Executions.TryGetValue(uid, out (string Name, long Version) known) && known.Version > version)
            {
                Faults.Add($"{known.Name} went back from {known.Version} to {version}.");
            }

            if (next.Type == ExecutionEventType.Deleted)
            {
                Executions.Remove(uid);
            }
            else
            {
                Executions[uid] = (execution.Key.Name, version);
            }
        }
    }
}
