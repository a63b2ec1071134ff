using Kontinue.Client;
using Kontinue.Engine.Feed;
using Kontinue.Engine.Storage;
using Xunit;

namespace Kontinue.Engine.Tests.Feed;

public sealed class RowScanTests
{
    private readonly InMemoryStore _store = new();
    private readonly FeedRows _rows;

    public RowScanTests() => _rows = new FeedRows(_store);

    private static HashSet<ExecutionPhase> Phases(params ExecutionPhase[] phases) => [.. phases];

    private async Task<(List<string> Names, int Pages)> ScanAsync(ExecutionSelector selector, int limit)
    {
        var names = new List<string>();
        int pages = 0;
        ExecutionKey? next = null;
        do
        {
            ScanPage page = await RowScan.ReadAsync(_store, selector, next, limit, RowScan.MaxBytes, default);
            Assert.InRange(page.Rows.Count, 0, limit);
            names.AddRange(page.Rows.Select(row => row.Key.Name));
            next = page.Next;
            pages++;
        }
        while (next is not null);

        return (names, pages);
    }

    [Fact]
    public void The_index_that_leaves_the_least_is_chosen()
    {
        var parent = Guid.CreateVersion7();
        var all = new ExecutionSelector
        {
            Namespace = "n", ParentUid = parent, Function = "f", Phases = Phases(ExecutionPhase.Failed, ExecutionPhase.Backoff),
            Labels = [LabelRequirement.Equal("a", "1"), new LabelRequirement("b", LabelOperator.Exists, []), LabelRequirement.Equal("c", "2")],
        };
        Assert.Equal(parent, Assert.Single(all.ToQueries()).ParentUid);
        Assert.Equal(
            [ExecutionPhase.Backoff, ExecutionPhase.Failed], (all with { ParentUid = null }).ToQueries().Select(query => query.Phase!.Value));
        RowQuery byLabel = Assert.Single((all with { ParentUid = null, Phases = Phases(ExecutionPhase.Failed, ExecutionPhase.Completed) }).ToQueries());
        Assert.Equal(["a=1", "c=2"], byLabel.Labels!.Select(label => $"{label.Key}={label.Value}"));
        Assert.Equal((null, null), (byLabel.Phase, byLabel.Function));
        Assert.Equal("f", Assert.Single(new ExecutionSelector { Function = "f" }.ToQueries()).Function);
        Assert.Equal(new RowQuery { Namespace = "n", Limit = 1 }, Assert.Single(new ExecutionSelector { Namespace = "n" }.ToQueries()));
        Assert.Empty(new ExecutionSelector { Phases = Phases() }.ToQueries());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(500)]
    public async Task Pages_put_together_are_the_whole(int limit)
    {
        ExecutionPhase[] phases = [ExecutionPhase.Failed, ExecutionPhase.Suspended, ExecutionPhase.Completed, ExecutionPhase.Executing];
        var parent = Guid.CreateVersion7();
        List<ExecutionRow> rows =
        [
            .. Enumerable.Range(0, 150).Select(i => _rows.Make(
                $"e-{i:000}", phases[i % 4], i % 3 == 0 ? "f" : "g", i % 5 == 0 ? "shop" : null, i % 7 == 0 ? parent : null, i % 11 == 0 ? "other" : "default")),
        ];
        await _rows.InsertAsync(rows);
        ExecutionSelector[] selectors =
        [
            ExecutionSelector.All,
            new() { Namespace = "other" },
            new() { Phases = Phases(ExecutionPhase.Failed, ExecutionPhase.Suspended) },
            new() { Phases = Phases(ExecutionPhase.Failed, ExecutionPhase.Completed), Function = "g" },
            new() { Labels = [LabelRequirement.Equal("app", "shop")], Phases = Phases(ExecutionPhase.Executing) },
            new() { Labels = [new LabelRequirement("app", LabelOperator.NotIn, ["shop"])], Namespace = "default" },
            new() { ParentUid = parent, Function = "f" },
            new() { Name = "e-007" },
            new() { Name = "e-007", Namespace = "default", Function = "f" },
            new() { Phases = Phases() },
        ];
        foreach (ExecutionSelector selector in selectors)
        {
            IEnumerable<string> expected = rows.Where(selector.Selects)
                .OrderBy(row => row.Key.Namespace, StringComparer.Ordinal).ThenBy(row => row.Key.Name, StringComparer.Ordinal).Select(row => row.Key.Name);
            Assert.Equal(expected, (await ScanAsync(selector, limit)).Names);
        }
    }

    [Fact]
    public async Task A_full_last_page_is_known_to_be_the_last()
    {
        await _rows.InsertAsync(Enumerable.Range(0, 20).Select(i => _rows.Make($"e-{i:00}")));
        Assert.Equal(2, (await ScanAsync(ExecutionSelector.All, 10)).Pages);
        Assert.Equal(1, (await ScanAsync(ExecutionSelector.All, 20)).Pages);
    }

    [Fact]
    public async Task A_page_looks_at_so_many_rows_and_no_more()
    {
        await _rows.InsertAsync(Enumerable.Range(0, RowScan.MaxLookedAt + 1000).Select(i => _rows.Make($"e-{i:00000}", ExecutionPhase.Completed)));
        await _rows.AddAsync("z", ExecutionPhase.Completed, label: "shop");
        var selector = new ExecutionSelector { Labels = [new LabelRequirement("app", LabelOperator.Exists, [])] };
        ScanPage first = await RowScan.ReadAsync(_store, selector, null, 10, RowScan.MaxBytes, default);

        Assert.Empty(first.Rows);
        Assert.Equal($"e-{RowScan.MaxLookedAt - 1:00000}", first.Next!.Value.Name);
        Assert.Equal("z", Assert.Single((await RowScan.ReadAsync(_store, selector, first.Next, 10, RowScan.MaxBytes, default)).Rows).Key.Name);
    }

    [Fact]
    public async Task Large_rows_make_short_pages()
    {
        JsonPayload megabyte = JsonPayload.From(new { text = new string('x', 1024 * 1024) });
        await _rows.InsertAsync(Enumerable.Range(0, 40).Select(i => _rows.Make($"e-{i:00}", status: megabyte)));
        ScanPage first = await RowScan.ReadAsync(_store, ExecutionSelector.All, null, 500, RowScan.MaxBytes, default);

        Assert.InRange(first.Rows.Count, 32, 33);
        Assert.Equal(40, (await ScanAsync(ExecutionSelector.All, 500)).Names.Count);
    }
}
