using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;

namespace Kontinue.Storage.Tests.Contract;

public abstract class ListContract(StoreBackend backend) : StoreContract(backend)
{
    private static readonly Guid Parent = Make.NewId();

    [SkippableFact]
    public async Task Pages_of_a_list_are_in_ordinal_order_and_leave_nothing_out()
    {
        IExecutionStore store = await OpenAsync();
        string[] names = ["a", "a-b", "a.b", "a0", "aa", "B", "Z", "_", "é", "日本"];
        string[] namespaces = ["n", "n-1", "N", "n1"];
        ExecutionRow[] rows = [.. namespaces.SelectMany(ns => names.Select(name => Make.Row(name, ns: ns)))];
        await ApplyAsync(store, [.. rows.Reverse().Select(row => Make.Insert(row))]);
        string[] expected = Keys(rows);

        Assert.Equal(expected, await PageAsync(store, new RowQuery { Limit = 3 }));
        Assert.Equal(expected, await PageAsync(store, new RowQuery { Limit = 1000 }));
        Assert.Equal(expected.Where(key => key.StartsWith("n-1/", StringComparison.Ordinal)), await PageAsync(store, new RowQuery { Limit = 3, Namespace = "n-1" }));
        Assert.Equal(["n/日本", "n-1/B"], (await store.ListAsync(new RowQuery { Limit = 2, After = new("n", "é") }, None)).Select(row => row.Key.ToString()));
    }

    [SkippableFact]
    public async Task A_list_of_a_namespace_goes_on_after_an_address_outside_it()
    {
        IExecutionStore store = await OpenAsync();
        await ApplyAsync(store, [.. new[] { "a", "b", "c" }.Select(ns => Make.Insert(Make.Row("x", ns: ns)))]);

        Assert.Equal(["b/x"], await PageAsync(store, new RowQuery { Limit = 5, Namespace = "b", After = new("a", "y") }));
        Assert.Empty(await PageAsync(store, new RowQuery { Limit = 5, Namespace = "b", After = new("c", "a") }));
        Assert.Empty(await PageAsync(store, new RowQuery { Limit = 5, Namespace = "b", After = new("b", "x") }));
    }

    [SkippableTheory]
    [InlineData("phase")]
    [InlineData("function")]
    [InlineData("parent")]
    [InlineData("labels")]
    public async Task Pages_of_a_filtered_list_leave_nothing_out_and_let_nothing_in(string filter)
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow[] rows = [.. Enumerable.Range(0, 60).Select(i => Make.Row($"e-{i:00}", ns: $"n{i % 2}") with
        {
            Phase = i % 3 == 0 ? ExecutionPhase.Suspended : i % 3 == 1 ? ExecutionPhase.Completed : ExecutionPhase.Failed,
            Function = i % 3 == 0 ? "wanted" : "other",
            ParentUid = i % 3 == 0 ? Parent : i % 3 == 1 ? Make.NewId() : null,
            Labels = i % 3 == 0 ? JsonPayload.Parse("""{"app":"x","tier":"y"}""") : i % 3 == 1 ? JsonPayload.Parse("""{"app":"z"}""") : default,
        })];
        await ApplyAsync(store, [.. rows.Select(row => Make.Insert(row))]);
        RowQuery query = filter switch
        {
            "phase" => new RowQuery { Limit = 4, Phase = ExecutionPhase.Suspended },
            "function" => new RowQuery { Limit = 4, Function = "wanted" },
            "parent" => new RowQuery { Limit = 4, ParentUid = Parent },
            _ => new RowQuery { Limit = 4, Labels = Labels(("app", "x")) },
        };
        ExecutionRow[] expected = [.. rows.Where((_, i) => i % 3 == 0)];

        Assert.Equal(Keys(expected), await PageAsync(store, query));
        Assert.Equal(Keys(expected.Where(row => row.Key.Namespace == "n1")), await PageAsync(store, query with { Namespace = "n1" }));
        Assert.Equal(
            Keys(expected.Where(row => row.Key.Namespace == "n1" && string.CompareOrdinal(row.Key.Name, "e-33") > 0)),
            await PageAsync(store, query with { Namespace = "n1", After = new("n1", "e-33") }));
    }

    [SkippableFact]
    public async Task Any_phase_but_completed_may_be_asked_for()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionPhase[] phases = [.. Enum.GetValues<ExecutionPhase>().Where(phase => phase != ExecutionPhase.Completed)];
        await ApplyAsync(store, [.. Enum.GetValues<ExecutionPhase>().Select(phase => Make.Insert(Make.Row($"{phase}") with { Phase = phase }))]);

        foreach (ExecutionPhase phase in phases)
        {
            Assert.Equal([$"default/{phase}"], await PageAsync(store, new RowQuery { Limit = 10, Phase = phase }));
        }
    }

    [SkippableFact]
    public async Task Labels_are_compared_as_they_are()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow[] rows =
        [
            Make.Row("both") with { Labels = JsonPayload.Parse("""{"app":"x","tier":"o'back\"end","quo\"te":"1"}""") },
            Make.Row("one") with { Labels = JsonPayload.Parse("""{"app":"x"}""") },
            Make.Row("none"),
        ];
        await ApplyAsync(store, [.. rows.Select(row => Make.Insert(row))]);

        Assert.Equal(["default/both"], await PageAsync(store, new RowQuery { Limit = 10, Labels = Labels(("app", "x"), ("tier", "o'back\"end")) }));
        Assert.Equal(["default/both"], await PageAsync(store, new RowQuery { Limit = 10, Labels = Labels(("quo\"te", "1")) }));
        Assert.Empty(await PageAsync(store, new RowQuery { Limit = 10, Labels = Labels(("app", "z")) }));
        Assert.Equal(3, (await PageAsync(store, new RowQuery { Limit = 10, Labels = Labels(), Function = "work" })).Count);
        Assert.Equal("o'back\"end", (await ReadAsync(store, rows[0])).Labels.To<Dictionary<string, string>>()!["tier"]);
    }

    [SkippableFact]
    public async Task What_no_index_answers_is_refused()
    {
        IExecutionStore store = await OpenAsync();
        RowQuery[] refused =
        [
            new() { Limit = 0 },
            new() { Limit = 10_001 },
            new() { Limit = 1, Phase = ExecutionPhase.Completed },
            new() { Limit = 1, Phase = ExecutionPhase.Failed, Function = "f" },
            new() { Limit = 1, Function = "f", ParentUid = Parent },
            new() { Limit = 1, ParentUid = Parent, Labels = Labels(("a", "b")) },
            new() { Limit = 1, Phase = ExecutionPhase.Failed, Labels = Labels(("a", "b")) },
        ];
        foreach (RowQuery query in refused)
        {
            await Assert.ThrowsAnyAsync<ArgumentException>(() => store.ListAsync(query, None));
        }
    }

    [SkippableFact]
    public async Task A_list_brings_whole_rows()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row() with { DeleteAfter = TimeSpan.FromHours(1), Settings = JsonPayload.Parse("7"), ParentUid = Parent };
        await ApplyAsync(store, Make.Insert(row.Ended()));

        ExecutionRow listed = Assert.Single(await store.ListAsync(new RowQuery { Limit = 1, ParentUid = Parent }, None));

        Assert.Equal(("7", 1), (listed.Settings.ToString(), listed.Generation));
        Assert.Equal((TimeSpan.FromHours(1), Make.Now.AddHours(1)), (listed.DeleteAfter, listed.DeleteAt));
        Assert.Equal(row.Spec.ToString(), listed.Spec.ToString());
    }

    /// <summary>Reads page by page. Rows that lack a label are dropped, for a store without an index of labels may return them.</summary>
    private static async Task<List<string>> PageAsync(IExecutionStore store, RowQuery query)
    {
        List<string> all = [];
        while (true)
        {
            IReadOnlyList<ExecutionRow> page = await store.ListAsync(query, None);
            all.AddRange(page.Where(row => Carries(row, query.Labels)).Select(row => row.Key.ToString()));
            if (page.Count < query.Limit)
            {
                return all;
            }

            query = query with { After = page[^1].Key };
        }
    }

    private static bool Carries(ExecutionRow row, IReadOnlyDictionary<string, string>? wanted)
    {
        Dictionary<string, string> labels = row.Labels.To<Dictionary<string, string>>() ?? [];
        return wanted is null || wanted.All(label => labels.TryGetValue(label.Key, out string? value) && value == label.Value);
    }

    private static string[] Keys(IEnumerable<ExecutionRow> rows) => [.. rows
        .OrderBy(row => row.Key.Namespace, StringComparer.Ordinal)
        .ThenBy(row => row.Key.Name, StringComparer.Ordinal)
        .Select(row => row.Key.ToString())];

    private static Dictionary<string, string> Labels(params (string Key, string Value)[] labels) => labels.ToDictionary(l => l.Key, l => l.Value);
}
