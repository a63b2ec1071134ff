using Kontinue.Engine.Replay;
using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class NamesTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("a-b.c-9", true)]
    [InlineData("", false)]
    [InlineData("-a", false)]
    [InlineData("a.", false)]
    [InlineData("a..b", false)]
    [InlineData("A", false)]
    [InlineData("ä", false)]
    public void Execution_names(string name, bool isOne) => Assert.Equal(isOne, Names.IsExecutionName(name));

    [Theory]
    [InlineData("pay", true)]
    [InlineData("Größe prüfen", true)]
    [InlineData("", false)]
    [InlineData("a#2", false)]
    [InlineData("a\nb", false)]
    public void Operation_names(string name, bool isOne) => Assert.Equal(isOne, Names.IsOperationName(name));

    [Theory]
    [InlineData("a", true)]
    [InlineData("Größe/prüfen #2", true)]
    [InlineData("", false)]
    [InlineData("a\0", false)]
    [InlineData(null, false)]
    public void Names_of_mutexes_and_keys(string? name, bool isOne) => Assert.Equal(isOne, Names.IsSharedName(name));

    [Fact]
    public void Names_of_mutexes_and_keys_have_at_most_253_characters_and_no_halves_of_any() => Assert.Equal(
        (true, false, false), (Names.IsSharedName(new string('x', 253)), Names.IsSharedName(new string('x', 254)), Names.IsSharedName("a\ud800")));

    [Theory]
    [InlineData("a", true)]
    [InlineData("App_Name.v-1", true)]
    [InlineData("example.com/app", true)]
    [InlineData("a/b", true)]
    [InlineData("", false)]
    [InlineData("/a", false)]
    [InlineData("a/", false)]
    [InlineData("a/b/c", false)]
    [InlineData("Example.com/app", false)]
    [InlineData("a..b/app", false)]
    [InlineData("-a", false)]
    [InlineData("a_", false)]
    [InlineData("a b", false)]
    [InlineData("ä", false)]
    [InlineData(null, false)]
    public void Keys_of_labels(string? key, bool isOne) => Assert.Equal(isOne, Names.IsLabelKey(key));

    [Theory]
    [InlineData("", true)]
    [InlineData("1", true)]
    [InlineData("Shop_1.2-b", true)]
    [InlineData(".a", false)]
    [InlineData("a-", false)]
    [InlineData("a/b", false)]
    [InlineData("a\0b", false)]
    [InlineData(null, false)]
    public void Values_of_labels(string? value, bool isOne) => Assert.Equal(isOne, Names.IsLabelValue(value));

    [Fact]
    public void Labels_have_a_longest_length()
    {
        string longest = new('a', 63);
        string prefix = string.Join('.', Enumerable.Repeat(new string('a', 62), 4));
        Assert.True(Names.IsLabelKey(longest));
        Assert.False(Names.IsLabelKey(longest + "a"));
        Assert.True(Names.IsLabelKey($"{prefix}/{longest}"));
        Assert.False(Names.IsLabelKey($"{prefix}.aa/{longest}"));
        Assert.True(Names.IsLabelValue(longest));
        Assert.False(Names.IsLabelValue(longest + "a"));
    }

    [Fact]
    public void Names_have_a_longest_length()
    {
        Assert.True(Names.IsExecutionName(new string('a', 253)));
        Assert.False(Names.IsExecutionName(new string('a', 254)));
        Assert.True(Names.IsFunctionName(new string('a', 63)));
        Assert.False(Names.IsFunctionName(new string('a', 64)));
        Assert.False(Names.IsOperationName(new string('a', 129)));
    }

    [Fact]
    public void Names_of_children_are_valid_distinct_and_always_the_same()
    {
        string function = new('f', 63);
        var names = new HashSet<string>();
        foreach (string parent in new[] { "p", new string('p', 253), "p" + new string('-', 200) + "q" })
        {
            var info = new ExecutionInfo(TestHost.Key(parent), Guid.CreateVersion7(), "f", null, default);
            foreach ((string operation, int attempt, int run) in new[] { ("a", 1, 0), ("a#2", 1, 0), ("a", 2, 0), ("a", 1, 1) })
            {
                string name = ChildNames.For(info, function, operation, attempt, run);
                Assert.True(Names.IsExecutionName(name), name);
                Assert.True(names.Add(name));
                Assert.Equal(name, ChildNames.For(info, function, operation, attempt, run));
            }
        }
    }
}
