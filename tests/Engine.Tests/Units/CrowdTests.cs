using Kontinue.Engine.Claiming;
using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class CrowdTests
{
    private readonly Crowd _crowd = new();

    [Fact]
    public void It_fills_the_places_when_as_many_wait()
    {
        Assert.False(_crowd.Fills(0) && _crowd.HasMore);
        Add("a", "a", "b");

        Assert.True(_crowd.Fills(2));
        Assert.False(_crowd.Fills(3));
    }

    [Fact]
    public void Who_has_a_place_waits_no_longer_and_who_was_found_without_one_does()
    {
        Add("a");
        _crowd.BeginLook();
        _crowd.EndLook([Key("a")], [Key("b"), Key("c")], isAll: true);

        Assert.True(_crowd.Fills(2));
        Assert.False(_crowd.Fills(3));
    }

    [Fact]
    public void Who_came_while_a_look_was_under_way_is_kept_until_the_next_one()
    {
        _crowd.BeginLook();
        Add("late");
        _crowd.EndLook([], [], isAll: true);
        Assert.True(_crowd.Fills(1));

        Look(isAll: true);
        Assert.False(_crowd.Fills(1));
    }

    [Fact]
    public void A_look_that_did_not_find_all_forgets_nobody_and_says_that_there_are_more()
    {
        Add("a");
        Look(isAll: false);
        Assert.True(_crowd.HasMore && _crowd.Fills(1000));

        Look(isAll: true);
        Assert.False(_crowd.HasMore || _crowd.Fills(1));
    }

    [Fact]
    public void Of_too_many_it_remembers_only_that_there_are_more_until_a_look_finds_all()
    {
        Add([.. Enumerable.Range(0, 10_000).Select(i => $"x{i}")]);
        Assert.False(_crowd.HasMore);
        Add("one-more");
        Assert.True(_crowd.HasMore);

        Look(isAll: true);
        Assert.False(_crowd.HasMore || _crowd.Fills(1));
    }

    private void Look(bool isAll)
    {
        _crowd.BeginLook();
        _crowd.EndLook([], [], isAll);
    }

    private void Add(params string[] names)
    {
        foreach (string name in names)
        {
            _crowd.Add(Key(name));
        }
    }

    private static ExecutionKey Key(string name) => TestHost.Key(name);
}
