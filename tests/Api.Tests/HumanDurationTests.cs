using Kontinue.Api.Tables;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class HumanDurationTests
{
    private static readonly DateTimeOffset Now = new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("-2s", "<invalid>")]
    [InlineData("-1.5s", "0s")]
    [InlineData("0s", "0s")]
    [InlineData("999ms", "0s")]
    [InlineData("5s", "5s")]
    [InlineData("119.9s", "119s")]
    [InlineData("120s", "2m")]
    [InlineData("3m12s", "3m12s")]
    [InlineData("9m59s", "9m59s")]
    [InlineData("10m1s", "10m")]
    [InlineData("179m59s", "179m")]
    [InlineData("3h", "3h")]
    [InlineData("3h1m", "3h1m")]
    [InlineData("7h59m59s", "7h59m")]
    [InlineData("8h30m", "8h")]
    [InlineData("47h59m", "47h")]
    [InlineData("48h", "2d")]
    [InlineData("2d5h", "2d5h")]
    [InlineData("7d23h", "7d23h")]
    [InlineData("8d23h", "8d")]
    [InlineData("14d", "14d")]
    [InlineData("729d23h", "729d")]
    [InlineData("730d", "2y")]
    [InlineData("800d", "2y70d")]
    [InlineData("2919d", "7y364d")]
    [InlineData("2930d", "8y")]
    [InlineData("36500d", "100y")]
    public void Format_IsKubectls(string duration, string expected)
    {
        bool negative = duration.StartsWith('-');
        TimeSpan value = Duration.Parse(duration.TrimStart('-'));
        Assert.Equal(expected, HumanDuration.Format(negative ? -value : value));
    }

    [Fact]
    public void Age_WithoutAStart_IsUnknown()
    {
        Assert.Equal("<unknown>", HumanDuration.Age(null, Now));
        Assert.Equal("5s", HumanDuration.Age(Now.AddSeconds(-5), Now));
    }
}
