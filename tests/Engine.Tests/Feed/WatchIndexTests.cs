using Kontinue.Client;
using Kontinue.Engine.Feed;
using Kontinue.Engine.Storage;
using Xunit;

namespace Kontinue.Engine.Tests.Feed;

public sealed class WatchIndexTests
{
    private static readonly Guid Parent = Guid.CreateVersion7();

    private static readonly Dictionary<string, ExecutionSelector> Selectors = new(StringComparer.Ordinal)
    {
        ["key"] = new() { Namespace = "default", Name = "a" },
        ["parent"] = new() { ParentUid = Parent, Function = "f" },
        ["label"] = new() { Labels = [LabelRequirement.Equal("app", "shop"), LabelRequirement.Equal("tier", "web")], Function = "f" },
        ["function"] = new() { Function = "f", Namespace = "default" },
        ["namespace"] = new() { Namespace = "default" },
        ["all"] = ExecutionSelector.All,
        ["name"] = new() { Name = "a" },
        ["phase"] = new() { Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Failed } },
        ["labels"] = new() { Labels = [new LabelRequirement("app", LabelOperator.In, ["shop", "bank"])] },
        ["no label"] = new() { Labels = [new LabelRequirement("app", LabelOperator.DoesNotExist, [])] },
    };

    private static readonly string[] Everywhere = ["all", "name", "phase", "labels", "no label"];

    private readonly WatchIndex<string> _index = new();
    private readonly FeedRows _rows = new(new InMemoryStore());

    private string[] Find(ExecutionRow row)
    {
        var found = new List<string>();
        _index.Find(new FeedChange(new RowChange(row, IsDeleted: false), isNew: true), found);
        return [.. found.Order(StringComparer.Ordinal)];
    }

    private void AddAll()
    {
        foreach ((string name, ExecutionSelector selector) in Selectors)
        {
            _index.Add(name, selector);
        }
    }

    private static void AssertFound(string[] narrow, string[] found) =>
        Assert.Equal([.. narrow.Concat(Everywhere).Order(StringComparer.Ordinal)], found);

    [Fact]
    public void Find_RowOfEveryPlace_FindsEachWatchOnce()
    {
        AddAll();
        Assert.Equal([.. Selectors.Keys.Order(StringComparer.Ordinal)], Find(_rows.Make("a", function: "f", label: "shop", parent: Parent)));
    }

    [Fact]
    public void Find_RowOfOnePlace_FindsItsWatchesAndThoseOfAll()
    {
        AddAll();
        AssertFound([], Find(_rows.Make("a", function: "g", ns: "other")));
        AssertFound(["namespace"], Find(_rows.Make("b", function: "g")));
        AssertFound(["key", "namespace"], Find(_rows.Make("a", function: "g")));
        AssertFound(["function"], Find(_rows.Make("b", function: "f", ns: "other")));
        AssertFound(["label"], Find(_rows.Make("b", function: "g", ns: "other", label: "shop")));
        AssertFound(["parent"], Find(_rows.Make("b", function: "g", ns: "other", parent: Parent)));
        AssertFound([], Find(_rows.Make("b", function: "g", ns: "other", label: "bank", parent: Guid.CreateVersion7())));
    }

    [Fact]
    public void Find_LabelsMayHaveChanged_FindsAllWatchesOfLabels()
    {
        AddAll();
        _index.Add("bank", new ExecutionSelector { Labels = [LabelRequirement.Equal("app", "bank")] });
        ExecutionRow row = _rows.Make("b", function: "g", ns: "other", label: "shop");

        AssertFound(["label"], Find(row));
        AssertFound(["bank", "label"], Find(row with { Generation = 2 }));
        AssertFound(["bank", "label"], Find(row with { Generation = 2, Labels = default }));
    }

    [Fact]
    public void Find_ThousandNarrowWatches_FindsThoseConcerned()
    {
        for (int i = 0; i < 1000; i++)
        {
            _index.Add($"label {i}", new ExecutionSelector { Labels = [LabelRequirement.Equal("app", $"w{i}")] });
            _index.Add($"name {i}", new ExecutionSelector { Namespace = "default", Name = $"e-{i}" });
        }

        Assert.Equal(["label 7", "name 500"], Find(_rows.Make("e-500", label: "w7")));
    }

    [Fact]
    public void Remove_EachWatch_LeavesNothing()
    {
        AddAll();
        Assert.Equal(Selectors.Count, _index.Count);
        ExecutionRow row = _rows.Make("a", function: "f", label: "shop", parent: Parent) with { Generation = 2 };
        foreach ((string name, ExecutionSelector selector) in Selectors)
        {
            Assert.Contains(name, Find(row));
            _index.Remove(name, selector);
            _index.Remove(name, selector);
            Assert.DoesNotContain(name, Find(row));
        }

        Assert.Equal(0, _index.Count);
    }

    [Fact]
    public void Remove_OneOfTwoInAPlace_KeepsTheOther()
    {
        _index.Add("one", Selectors["label"]);
        _index.Add("two", Selectors["label"]);
        _index.Remove("one", Selectors["label"]);

        ExecutionRow row = _rows.Make("a", label: "shop");
        Assert.Equal(["two"], Find(row));
        Assert.Equal(["two"], Find(row with { Generation = 2 }));
    }
}
