using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;

namespace Kontinue.Storage.Tests.Contract;

public abstract class ReadContract(StoreBackend backend) : StoreContract(backend)
{
    [SkippableFact]
    public async Task A_missing_execution_is_null()
    {
        IExecutionStore store = await OpenAsync();
        Assert.Null(await store.ReadAsync(new ExecutionKey("default", "missing"), None));
    }

    [SkippableFact]
    public async Task Pages_of_a_list_are_in_ordinal_order_and_leave_nothing_out()
    {
        IExecutionStore store = await OpenAsync();
        string[] names = ["a", "a-b", "a.b", "a0", "aa", "B", "Z", "_", "é", "日本"];
        string[] namespaces = ["n", "n-1", "N", "n1"];
        ExecutionRow[] rows = [.. namespaces.SelectMany(ns => names.Select(name => Make.Row(name, ns: ns)))];
        await ApplyAsync(store, [.. rows.Reverse().Select(row => Make.Insert(row))]);
        string[] expected = [.. rows.OrderBy(r => r.Key.Namespace, StringComparer.Ordinal).ThenBy(r => r.Key.Name, StringComparer.Ordinal).Select(r => r.Key.ToString())];

        Assert.Equal(expected, await PageAsync(store, new RowQuery { Limit = 3 }));
        Assert.Equal(expected, await PageAsync(store, new RowQuery { Limit = 1000 }));
        Assert.Equal(expected.Where(key => key.StartsWith("n-1/", StringComparison.Ordinal)), await PageAsync(store, new RowQuery { Limit = 3, Namespace = "n-1" }));
        Assert.Equal(["n/日本", "n-1/B"], (await store.ListAsync(new RowQuery { Limit = 2, After = new("n", "é") }, None)).Select(row => row.Key.ToString()));
    }

    [SkippableFact]
    public async Task Lists_are_filtered_by_all_that_is_given()
    {
        IExecutionStore store = await OpenAsync();
        JsonPayload both = JsonPayload.Parse("""{"app":"x","tier":"o'back\"end","quo\"te":"1"}""");
        ExecutionRow[] rows =
        [
            Make.Row("both") with { Labels = both },
            Make.Row("one") with { Labels = JsonPayload.Parse("""{"app":"x"}""") },
            Make.Row("other") with { Labels = JsonPayload.Parse("""{"app":"y"}"""), Function = "other" },
            Make.Row("none").Ended(),
        ];
        await ApplyAsync(store, [.. rows.Select(row => Make.Insert(row))]);

        Assert.Equal(["both", "one"], await NamesAsync(store, new RowQuery { Limit = 10, Labels = Labels(("app", "x")) }));
        Assert.Equal(["both"], await NamesAsync(store, new RowQuery { Limit = 10, Labels = Labels(("app", "x"), ("tier", "o'back\"end")) }));
        Assert.Equal(["both"], await NamesAsync(store, new RowQuery { Limit = 10, Labels = Labels(("quo\"te", "1")) }));
        Assert.Empty(await NamesAsync(store, new RowQuery { Limit = 10, Labels = Labels(("app", "z")) }));
        Assert.Equal(4, (await NamesAsync(store, new RowQuery { Limit = 10, Labels = Labels() })).Length);
        Assert.Equal(["other"], await NamesAsync(store, new RowQuery { Limit = 10, Function = "other" }));
        Assert.Equal(["none"], await NamesAsync(store, new RowQuery { Limit = 10, Phase = ExecutionPhase.Completed }));
        Assert.Equal(["one"], await NamesAsync(
            store,
            new RowQuery { Limit = 1, Namespace = "default", After = new("default", "both"), Phase = ExecutionPhase.Pending, Function = "work", Labels = Labels(("app", "x")) }));
        Assert.Equal("o'back\"end", (await ReadAsync(store, rows[0])).Labels.To<Dictionary<string, string>>()!["tier"]);
    }

    [SkippableFact]
    public async Task A_journal_is_read_in_pages()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row();
        ExecutionRow other = Make.Row();
        await ApplyAsync(
            store,
            Make.Insert(row).With([.. Enumerable.Range(1, 12).Reverse().Select(i => Make.Record(row, i))]),
            Make.Insert(other).With(Make.Record(other, 1)));

        Assert.Equal([1, 2, 3, 4, 5], (await store.ReadJournalAsync(row.Uid, 0, 5, None)).Select(r => r.Sequence));
        Assert.Equal([11, 12], (await store.ReadJournalAsync(row.Uid, 10, 5, None)).Select(r => r.Sequence));
        Assert.Empty(await store.ReadJournalAsync(row.Uid, 12, 5, None));
        Assert.Empty(await store.ReadJournalAsync(Guid.NewGuid(), 0, 5, None));
    }

    [SkippableFact]
    public async Task A_watch_from_the_present_version_sees_what_comes_and_nothing_before()
    {
        IExecutionStore store = await OpenAsync();
        await ApplyAsync(store, Make.Insert(Make.Row("before")));
        long version = await store.ReadVersionAsync(None);
        Assert.Empty((await store.ReadChangesAsync(version, 10, None)).Rows);

        ExecutionRow row = Make.Row("after", Make.Silo());
        await ApplyAsync(store, Make.Insert(row));
        await ApplyAsync(store, Make.Update(row.Next()));

        ChangePage page = await store.ReadChangesAsync(version, 10, None);
        Assert.Equal(2, Assert.Single(page.Changes.Select(c => c.Row)).Revision);
        Assert.True(page.Version >= page.Changes.Select(c => c.Row)[0].ResourceVersion);
        Assert.Empty((await store.ReadChangesAsync(page.Version, 10, None)).Rows);
        Assert.Equal(["before", "after"], (await store.ReadChangesAsync(0, 10, None)).Rows.Select(r => r.Key.Name));
    }

    [SkippableFact]
    public async Task Claims_and_releases_are_changes_too()
    {
        IExecutionStore store = await OpenAsync();
        SiloId silo = await Make.LiveSiloAsync(store);
        ExecutionRow row = Make.Row();
        ExecutionRow held = Make.Row() with { Held = true };
        await ApplyAsync(store, Make.Insert(row), Make.Insert(held));

        long version = await store.ReadVersionAsync(None);
        await store.ClaimAsync(silo, [row.Key], None);
        Assert.Equal(silo, Assert.Single((await store.ReadChangesAsync(version, 10, None)).Rows).Owner);

        version = await store.ReadVersionAsync(None);
        await store.ReleaseHeldAsync(["work"], Make.Now, None);
        Assert.Equal(held.Uid, Assert.Single((await store.ReadChangesAsync(version, 10, None)).Rows).Uid);
    }

    [SkippableFact]
    public async Task Changes_come_in_order_and_those_of_one_transaction_together()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow[][] batches = [.. Enumerable.Range(0, 5).Select(_ => Enumerable.Range(0, 4).Select(_ => Make.Row()).ToArray())];
        foreach (ExecutionRow[] batch in batches)
        {
            await ApplyAsync(store, [.. batch.Select(row => Make.Insert(row))]);
        }

        long after = 0;
        List<Guid> seen = [];
        for (int pages = 0; pages < 5; pages++)
        {
            ChangePage page = await store.ReadChangesAsync(after, 3, None);
            Assert.Equal(4, page.Changes.Select(c => c.Row).Count);
            Assert.Single(page.Changes.Select(c => c.Row).Select(row => row.ResourceVersion).Distinct());
            Assert.Equal(page.Changes.Select(c => c.Row)[0].ResourceVersion, page.Version);
            Assert.True(page.Version > after);
            after = page.Version;
            seen.AddRange(page.Changes.Select(c => c.Row).Select(row => row.Uid));
        }

        Assert.Equal(batches.SelectMany(batch => batch).Select(row => row.Uid).Order(), seen.Order());
        Assert.Empty((await store.ReadChangesAsync(after, 3, None)).Rows);
    }

    private static async Task<List<string>> PageAsync(IExecutionStore store, RowQuery query)
    {
        List<string> all = [];
        while (true)
        {
            IReadOnlyList<ExecutionRow> page = await store.ListAsync(query, None);
            all.AddRange(page.Select(row => row.Key.ToString()));
            if (page.Count < query.Limit)
            {
                return all;
            }

            query = query with { After = page[^1].Key };
        }
    }

    private static async Task<string[]> NamesAsync(IExecutionStore store, RowQuery query) =>
        [.. (await store.ListAsync(query, None)).Select(row => row.Key.Name)];

    private static Dictionary<string, string> Labels(params (string Key, string Value)[] labels) => labels.ToDictionary(l => l.Key, l => l.Value);
}
