using System.Collections.Concurrent;
using Kontinue.Client;
using Kontinue.EndToEnd.Tests.Support;
using Kontinue.Engine.Hosting;
using Kontinue.Resources;
using Xunit;
using Xunit.Abstractions;

namespace Kontinue.EndToEnd.Tests;

/// <summary>Thousands of executions while connections break and the server restarts: nothing is doubled, and no watch misses a change.</summary>
[Collection(StoresCollection.Name)]
public sealed class WatchTests(Stores stores, ITestOutputHelper output)
{
    private const int Executions = 2000;
    private const int Callers = 24;
    private const string Ns = "default";
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(30);
    private static readonly JsonPayload Arguments = JsonPayload.Parse("""{"name":"Ada","times":1}""");

    public static TheoryData<string> Kinds => Stores.All;

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task Whatever_breaks_nothing_is_doubled_and_nothing_is_missed(string kind)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("KONTINUE_WATCH_SEED"), out int given) ? given : Random.Shared.Next();
        output.WriteLine($"KONTINUE_WATCH_SEED={seed}");
        Action<KontinueBuilder> store = await stores.NewAsync(kind);
        Server server = await StartAsync(store, at: null);
        Uri address = server.Calls.Address;
        var views = new List<WatchView>();
        var broken = new CutConnections(seed, maxBytes: 200_000);
        using KontinueHttpClient steady = Connect(address, connections: null);
        using KontinueHttpClient client = Connect(address, broken);
        try
        {
            string empty = (await steady.ListAsync(new ListQuery())).Metadata.ResourceVersion!;
            views.AddRange(Selectors().Select((selector, i) =>
            {
                var connections = new CutConnections(seed + 1 + i, maxBytes: 60_000);
                return new WatchView(Connect(address, connections), connections, selector, empty);
            }));
            var expected = new ConcurrentDictionary<string, bool>();
            int done = 0;
            var half = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task calling = Parallel.ForAsync(0, Executions, new ParallelOptions { MaxDegreeOfParallelism = Callers }, async (i, _) =>
            {
                (string name, bool isKept) = await LiveAsync(client, i);
                Assert.True(expected.TryAdd(name, isKept), $"{name} was created twice.");
                if (Interlocked.Increment(ref done) == Executions / 2)
                {
                    half.SetResult();
                }
            });
            await await Task.WhenAny(calling, half.Task);
            await server.DisposeAsync();
            server = await StartAsync(store, address);
            await calling;

            List<Execution> all = await ListAsync(steady);
            Assert.Equal(expected.Where(e => e.Value).Select(e => e.Key).Order(), all.Select(e => e.Metadata.Name!).Order());
            Assert.All(all, e => Assert.Equal(ExecutionPhase.Completed, e.Status!.Phase));
            foreach (WatchView view in views)
            {
                await view.ExpectAsync(all);
            }

            Assert.Equal(expected.Keys.Order(), views[0].Seen.Order());
            output.WriteLine($"Cut: {broken.Cuts} of the callers' connections; of the watches' {string.Join(", ", views.Select(v => v.Cuts))}");
            Assert.All(views, v => Assert.True(v.Cuts > 3));
            Assert.True(broken.Cuts > 3);
        }
        finally
        {
            foreach (WatchView view in views)
            {
                await view.DisposeAsync();
            }

            await server.DisposeAsync();
        }
    }

    private static IEnumerable<ExecutionSelector> Selectors() =>
    [
        new() { Namespace = Ns },
        ExecutionSelector.All with { Labels = [LabelRequirement.Equal("color", "red")] },
        new() { Namespace = Ns, Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Completed } },
        new() { Namespace = Ns, Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Pending, ExecutionPhase.Executing, ExecutionPhase.Suspended } },
    ];

    /// <summary>What one caller does with one execution.</summary>
    /// <returns>Its name, and whether it is there afterwards.</returns>
    private static async Task<(string Name, bool IsKept)> LiveAsync(KontinueHttpClient client, int i)
    {
        Execution created = await client.CreateAsync(
            new Execution
            {
                Metadata = new ObjectMetadata
                {
                    Namespace = Ns,
                    Name = i % 2 == 0 ? $"e-{i}" : null,
                    GenerateName = i % 2 == 0 ? null : "e-",
                    Labels = new Dictionary<string, string> { ["color"] = i % 3 == 0 ? "red" : "blue" },
                },
                Spec = new ExecutionSpec { Function = "greet", Arguments = Arguments },
            },
            Wait);
        Assert.Equal(ExecutionPhase.Completed, created.Status!.Phase);
        if (i % 7 == 0)
        {
            await client.UpdateAsync(created.Key, e => e with
            {
                Metadata = e.Metadata with { Labels = new Dictionary<string, string> { ["color"] = i % 3 == 0 ? "blue" : "red" } },
            });
        }

        if (i % 5 == 0)
        {
            await client.DeleteAsync(created.Key);
        }

        return (created.Metadata.Name!, i % 5 != 0);
    }

    private static async Task<List<Execution>> ListAsync(KontinueHttpClient client)
    {
        var all = new List<Execution>();
        string? next = null;
        do
        {
            ExecutionList page = await client.ListAsync(new ListQuery { Continue = next });
            all.AddRange(page.Items);
            next = page.Metadata.Continue;
        }
        while (next is not null);
        return all;
    }

    private static Task<Server> StartAsync(Action<KontinueBuilder> store, Uri? at) =>
        Server.StartAsync(store, configure: o => o.RequestTimeout = Wait, at: at);

    private static KontinueHttpClient Connect(Uri server, CutConnections? connections) => new(server, new KontinueClientOptions
    {
        MaxAttempts = 100,
        Backoff = TimeSpan.FromMilliseconds(10),
        MaxBackoff = TimeSpan.FromMilliseconds(200),
        RequestTimeout = Wait,
        ConfigureHandler = connections is null ? null : connections.Configure,
    });
}
