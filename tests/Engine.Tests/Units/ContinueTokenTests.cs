using Kontinue.Client;
using Kontinue.Engine.Requests;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class ContinueTokenTests
{
    private static readonly ContinueToken Token = new(42, new ExecutionKey("ns", "a.b-c"));

    public static TheoryData<string, ExecutionSelector> OtherLists => new()
    {
        { "Suspension", ExecutionSelector.All },
        { "Execution", new ExecutionSelector { Namespace = "ns" } },
        { "Execution", new ExecutionSelector { Function = "f" } },
        { "Execution", new ExecutionSelector { ParentUid = Guid.CreateVersion7() } },
        { "Execution", new ExecutionSelector { Phases = new HashSet<ExecutionPhase>() } },
        { "Execution", new ExecutionSelector { Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Failed } } },
        { "Execution", new ExecutionSelector { Labels = [LabelRequirement.Equal("a", "b")] } },
    };

    [Fact]
    public void A_token_is_read_as_it_was_written_and_fits_into_a_URL()
    {
        string token = Token.Write("Execution", ExecutionSelector.All);
        Assert.Equal(Token, ContinueToken.Read(token, "Execution", ExecutionSelector.All));
        Assert.Equal(token, Uri.EscapeDataString(token));
        Assert.Null(ContinueToken.Read(null, "Execution", ExecutionSelector.All));
        Assert.Null(ContinueToken.Read("", "Execution", ExecutionSelector.All));
    }

    [Fact]
    public void The_order_in_which_a_selection_is_written_does_not_matter()
    {
        ExecutionSelector one = new()
        {
            Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Failed, ExecutionPhase.Backoff },
            Labels = [LabelRequirement.Equal("a", "b"), new LabelRequirement("c", LabelOperator.In, ["x", "y"])],
        };
        ExecutionSelector other = new()
        {
            Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Backoff, ExecutionPhase.Failed },
            Labels = [new LabelRequirement("c", LabelOperator.In, ["y", "x"]), LabelRequirement.Equal("a", "b")],
        };
        Assert.Equal(Token, ContinueToken.Read(Token.Write("Execution", one), "Execution", other));
    }

    [Theory]
    [MemberData(nameof(OtherLists))]
    public void A_token_of_another_list_is_refused(string kind, ExecutionSelector selector)
    {
        string token = Token.Write("Execution", ExecutionSelector.All);
        InvalidRequestException refused = Assert.Throws<InvalidRequestException>(() => ContinueToken.Read(token, kind, selector));
        Assert.Equal("continue", refused.Field);
        Assert.Contains("another selection", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("%%%")]
    [InlineData("abcd")]
    [InlineData("djI6YS9i")]
    [InlineData("djE6bnMvYQ")]
    public void Foreign_tokens_are_refused(string token) => Assert.Equal(
        "continue",
        Assert.Throws<InvalidRequestException>(() => ContinueToken.Read(token, "Execution", ExecutionSelector.All)).Field);
}
