using Kontinue.Crash.Host;
using Kontinue.Resources;

namespace Kontinue.Crash.Tests.Harness;

/// <summary>Many executions, and a host that is killed again and again while they run.</summary>
internal sealed class CrashRun(HostSettings host, CrashSettings settings, Action<string> write)
{
    private const int Readers = 16;

    /// <summary>How long a host lives at most, and how long at least, before it is killed.</summary>
    private const int MinLifeMs = 30;
    private const int MaxLifeMs = 900;

    /// <summary>Kills the host, with SIGKILL, and starts it again.</summary>
    public Task RunAsync() => RunAsync(async keeper =>
    {
        await keeper.KillAsync();
        await keeper.StartAsync();
    });

    /// <summary>Does something terrible again and again.</summary>
    public async Task RunAsync(Func<HostKeeper, Task> strike)
    {
        write($"Seed {settings.Seed}: {settings.Executions} executions, {settings.Kills} kills. Repeat with KONTINUE_CRASH_SEED={settings.Seed}.");
        var random = new Random(settings.Seed);
        IReadOnlyList<WorkItem> items = WorkItem.MakeAll(settings.Executions, random);
        await using var keeper = new HostKeeper(host);
        await keeper.StartAsync();
        var driver = new WorkDriver(keeper);

        var running = new List<Task<Execution>>();
        foreach (WorkItem[] part in items.Chunk(Math.Max(1, (items.Count / (settings.Kills + 1)) + 1)))
        {
            running.AddRange(part.Select(item => Task.Run(() => driver.RunAsync(item))));
            if (running.Count < items.Count)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(MinLifeMs, MaxLifeMs)), TimeProvider.System);
                await strike(keeper);
            }
        }

        await Task.WhenAll(running);
        await CheckAsync(keeper, items);
    }

    private async Task CheckAsync(HostKeeper keeper, IReadOnlyList<WorkItem> items)
    {
        Dictionary<string, Execution> stored = await ReadAllAsync(keeper);
        var journals = new Dictionary<string, IReadOnlyList<JournalEntry>>();
        foreach (string[] names in stored.Keys.Chunk(Readers))
        {
            foreach ((string name, IReadOnlyList<JournalEntry> journal) in await Task.WhenAll(names.Select(name => ReadJournalAsync(keeper, name))))
            {
                journals[name] = journal;
            }
        }

        var checker = new CrashChecker(items.ToDictionary(item => item.Name), stored, journals, StepLogFile.Read(host.StepLog));
        IReadOnlyList<string> problems = checker.Check();
        write($"{stored.Count} executions, {journals.Values.Sum(j => j.Count)} journal entries, {checker.Repeats} steps repeated because their commit was cut off.");
        if (problems.Count > 0)
        {
            throw new Xunit.Sdk.XunitException(
                $"Seed {settings.Seed}: {problems.Count} problems, the first of them:\n{string.Join('\n', problems.Take(20))}");
        }
    }

    private static async Task<Dictionary<string, Execution>> ReadAllAsync(HostKeeper keeper)
    {
        var all = new Dictionary<string, Execution>();
        string? next = null;
        do
        {
            (HostResponse response, _) = await keeper.AskAsync(new HostRequest { Id = 0, Operation = HostRequest.List, Part = next });
            foreach (Execution execution in response.List!.Items)
            {
                all.Add(execution.Key.Name, execution);
            }

            next = response.List.Metadata.Continue;
        }
        while (next is not null);
        return all;
    }

    private static async Task<(string Name, IReadOnlyList<JournalEntry> Journal)> ReadJournalAsync(HostKeeper keeper, string name)
    {
        (HostResponse response, _) = await keeper.AskAsync(new HostRequest { Id = 0, Operation = HostRequest.Journal, Name = name });
        return (name, response.Journal?.Items ?? throw new InvalidOperationException($"The journal of {name}: {response.Error}"));
    }
}
