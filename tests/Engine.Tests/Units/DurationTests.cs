using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class DurationTests
{
    [Fact]
    public void What_is_written_is_read_as_it_was() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue).Two().Select(x => TimeSpan.FromMicroseconds(((long)x.Item1 * x.Item2) % (Duration.Max.Ticks / 10))).ToArbitrary(),
        value => Assert.Equal(value, Duration.Parse(Duration.Format(value)))).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("5s", 5)]
    [InlineData("1h30m", 5400)]
    [InlineData("7d", 604800)]
    [InlineData("250ms", 0.25)]
    [InlineData("1.5m", 90)]
    [InlineData("0", 0)]
    public void Durations_are_read(string text, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Duration.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("5 s")]
    [InlineData("5x")]
    [InlineData("1.2.3s")]
    [InlineData("99999999999999999d")]
    public void Nonsense_is_refused(string text) => Assert.Throws<FormatException>(() => Duration.Parse(text));
}
