using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;
using Xunit.Abstractions;

namespace Kontinue.Storage.Tests.Failures;

/// <summary>Nothing acknowledged is lost, and nothing is there in half, when the writing process is killed at any moment.</summary>
public abstract class CrashTests(StoreBackend backend, ITestOutputHelper output) : IAsyncLifetime
{
    private const int Kills = 6;
    private const int RecordsPerUnit = 3;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => Backend.DisposeAsync().AsTask();

    [SkippableFact]
    public async Task Units_survive_the_death_of_their_writer_whole_or_not_at_all()
    {
        (string kind, string where) = await WriterArgumentsAsync();
        int seed = System.Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        List<Guid> acknowledged = [];
        for (int i = 0; i < Kills; i++)
        {
            using CrashWriterProcess writer = await CrashWriterProcess.StartAsync(kind, where);
            await writer.ReadAsync(random.Next(1, 3000));
            await writer.KillAsync();
            acknowledged.AddRange(writer.Acknowledged);
        }

        IExecutionStore store = await Backend.OpenAsync();
        Dictionary<string, ExecutionRow> rows = await ReadAllAsync(store);
        Assert.All(acknowledged, uid => Assert.True(rows.ContainsKey($"parent-{uid:N}"), $"{uid} was acknowledged and is lost."));
        output.WriteLine($"{acknowledged.Count} acknowledged, {rows.Count / 2} stored");
        foreach (ExecutionRow parent in rows.Values.Where(row => row.ParentUid is null))
        {
            Assert.True(rows.TryGetValue($"child-{parent.Uid:N}", out ExecutionRow? child), $"{parent.Key} is there without its child.");
            Assert.Equal(parent.Uid, child.ParentUid);
        }

        Assert.Equal(rows.Values.Count(row => row.ParentUid is null) * 2, rows.Count);
        foreach (ExecutionRow parent in rows.Values.Where(row => row.ParentUid is null && random.Next(20) == 0))
        {
            Assert.Equal(RecordsPerUnit, (await store.ReadJournalAsync(parent.Uid, 0, 10, CancellationToken.None)).Count);
        }

        await CheckChangesAsync(store, rows);
    }

    protected StoreBackend Backend { get; } = backend;

    protected abstract Task<(string Kind, string Where)> WriterArgumentsAsync();

    /// <summary>A deletion took parent and child, with its journal, or neither; and who follows the changes knows of all of them.</summary>
    private async Task CheckChangesAsync(IExecutionStore store, Dictionary<string, ExecutionRow> rows)
    {
        Dictionary<Guid, RowChange> last = [];
        long after = 0;
        ChangePage page;
        do
        {
            page = await store.ReadChangesAsync(after, 1000, CancellationToken.None);
            after = page.Version;
            foreach (RowChange change in page.Changes)
            {
                last[change.Row.Uid] = change;
            }
        }
        while (page.Changes.Count > 0);

        Assert.Equal(rows.Values.Select(row => row.Uid).Order(), last.Values.Where(c => !c.IsDeleted).Select(c => c.Row.Uid).Order());
        ExecutionRow[] deleted = [.. last.Values.Where(change => change.IsDeleted).Select(change => change.Row)];
        output.WriteLine($"{deleted.Length} deleted");
        Assert.NotEmpty(deleted);
        Guid?[] parents = [.. deleted.Where(row => row.ParentUid is null).Select(row => (Guid?)row.Uid)];
        Assert.Equal(parents.Order(), deleted.Where(row => row.ParentUid is not null).Select(row => row.ParentUid).Order());
        foreach (Guid parent in parents.Take(100).OfType<Guid>())
        {
            Assert.Empty(await store.ReadJournalAsync(parent, 0, 10, CancellationToken.None));
        }
    }

    private static async Task<Dictionary<string, ExecutionRow>> ReadAllAsync(IExecutionStore store)
    {
        Dictionary<string, ExecutionRow> rows = new(StringComparer.Ordinal);
        var query = new RowQuery { Limit = 10_000 };
        IReadOnlyList<ExecutionRow> page;
        do
        {
            page = await store.ListAsync(query, CancellationToken.None);
            foreach (ExecutionRow row in page)
            {
                rows.Add(row.Key.Name, row);
                query = query with { After = row.Key };
            }
        }
        while (page.Count == query.Limit);
        return rows;
    }
}

public sealed class SqliteCrashTests(ITestOutputHelper output) : CrashTests(new SqliteBackend(), output)
{
    protected override Task<(string Kind, string Where)> WriterArgumentsAsync() =>
        Task.FromResult(("sqlite", ((SqliteBackend)Backend).Path));
}

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlCrashTests(PostgreSqlServer server, ITestOutputHelper output) : CrashTests(new PostgreSqlBackend(server), output)
{
    protected override async Task<(string Kind, string Where)> WriterArgumentsAsync() =>
        ("postgresql", await ((PostgreSqlBackend)Backend).ConnectionStringAsync());
}
