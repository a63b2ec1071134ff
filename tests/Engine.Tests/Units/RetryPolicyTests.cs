using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class RetryPolicyTests
{
    [Fact]
    public void Waits_grow_up_to_their_ceiling_and_jitter_shortens_them()
    {
        RetryPolicy policy = RetryPolicy.Exponential(9, TimeSpan.FromSeconds(1), multiplier: 3, max: TimeSpan.FromSeconds(10), jitter: 0.5);
        Assert.Equal([1, 3, 9, 10, 10], Enumerable.Range(1, 5).Select(i => policy.WaitAfter(i, 0).TotalSeconds));
        Assert.Equal(TimeSpan.FromSeconds(5), policy.WaitAfter(1000, 1));
        Assert.Equal(TimeSpan.Zero, (policy with { Backoff = TimeSpan.Zero }).WaitAfter(100_000, 0.3));
    }

    [Fact]
    public void Values_out_of_range_are_refused()
    {
        RetryPolicy[] bad =
        [
            new() { MaxAttempts = 0 }, new() { Backoff = TimeSpan.FromTicks(-1) }, new() { MaxBackoff = TimeSpan.FromTicks(-1) },
            new() { Backoff = TimeSpan.MaxValue }, new() { Multiplier = 0.5 }, new() { Multiplier = double.NaN }, new() { Jitter = 1.1 },
        ];
        Assert.All(bad, policy => Assert.Throws<ArgumentException>(() => policy.Validate("retry")));
    }
}
