using Kontinue.Engine.Hosting;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class ContinueTokenTests
{
    [Fact]
    public void A_token_is_read_as_it_was_written()
    {
        var key = new ExecutionKey("ns", "a.b-c");
        Assert.Equal(key, ContinueToken.Read(ContinueToken.Write(key)));
        Assert.Null(ContinueToken.Read(null));
        Assert.Null(ContinueToken.Read(""));
    }

    [Theory]
    [InlineData("%%%")]
    [InlineData("abcd")]
    [InlineData("djI6YS9i")]
    public void Foreign_tokens_are_refused(string token) =>
        Assert.Equal("continue", Assert.Throws<InvalidRequestException>(() => ContinueToken.Read(token)).Field);
}
