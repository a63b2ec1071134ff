namespace Kontinue;

/// <summary>How often, and after which waits, something that failed is tried again. Counters and due times are durable.</summary>
public sealed record RetryPolicy
{
    /// <summary>One attempt, no retry.</summary>
    public static RetryPolicy None { get; } = new();

    /// <summary>Attempts in all, the first included. Default 1; at least 1.</summary>
    public int MaxAttempts { get; init; } = 1;

    /// <summary>The wait before the second attempt. Default 5 s, as in kontinue.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest wait. Default: none.</summary>
    public TimeSpan? MaxBackoff { get; init; }

    /// <summary>Each wait is this many times the one before. Default 1 (constant); at least 1.</summary>
    public double Multiplier { get; init; } = 1;

    /// <summary>The share of each wait that is random: 0 (none) to 1. Default 0.</summary>
    public double Jitter { get; init; }

    /// <summary>The same wait between all attempts.</summary>
    public static RetryPolicy Constant(int maxAttempts, TimeSpan backoff) => new() { MaxAttempts = maxAttempts, Backoff = backoff };

    /// <summary>Waits that grow from <paramref name="first"/> by <paramref name="multiplier"/> up to <paramref name="max"/>.</summary>
    public static RetryPolicy Exponential(
        int maxAttempts, TimeSpan first, double multiplier = 2, TimeSpan? max = null, double jitter = 0.2) =>
        new() { MaxAttempts = maxAttempts, Backoff = first, Multiplier = multiplier, MaxBackoff = max ?? TimeSpan.FromHours(1), Jitter = jitter };

    /// <summary>The wait after the failure of attempt number <paramref name="attempt"/> (counted from 1).</summary>
    /// <param name="attempt">The attempt that failed.</param>
    /// <param name="random">A number from 0 to 1 that decides the jitter.</param>
    public TimeSpan WaitAfter(int attempt, double random)
    {
        double ticks = Backoff.Ticks * Math.Pow(Multiplier, Math.Max(0, attempt - 1));
        double ceiling = (MaxBackoff ?? TimeSpan.FromDays(365)).Ticks;
        ticks = Math.Min(ticks, ceiling);
        ticks -= ticks * Jitter * random;
        return TimeSpan.FromTicks((long)ticks);
    }

    /// <summary>Throws <see cref="ArgumentException"/> if a value is out of range.</summary>
    public void Validate(string paramName)
    {
        if (MaxAttempts < 1)
        {
            throw new ArgumentException($"MaxAttempts must be at least 1, not {MaxAttempts}.", paramName);
        }

        if (Backoff < TimeSpan.Zero || MaxBackoff < TimeSpan.Zero || Backoff > Duration.Max || MaxBackoff > Duration.Max)
        {
            throw new ArgumentException("A backoff must not be negative, and at most 100 years.", paramName);
        }

        if (!(Multiplier >= 1) || double.IsInfinity(Multiplier))
        {
            throw new ArgumentException($"Multiplier must be at least 1, not {Multiplier}.", paramName);
        }

        if (!(Jitter is >= 0 and <= 1))
        {
            throw new ArgumentException($"Jitter must be between 0 and 1, not {Jitter}.", paramName);
        }
    }
}
