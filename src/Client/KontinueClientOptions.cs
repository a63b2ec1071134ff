namespace Kontinue.Client;

/// <summary>Settings of a <see cref="KontinueHttpClient"/>.</summary>
public sealed class KontinueClientOptions
{
    /// <summary>The API group. Default <c>kontinue.cloud</c>.</summary>
    public string Group { get; set; } = "kontinue.cloud";

    /// <summary>How often a request that may be sent again is sent in all. Default 5; 1 to 100.</summary>
    public int MaxAttempts { get; set; } = 5;

    /// <summary>The wait before the second attempt; it doubles with each further one, up to 5 s. Default 100 ms.</summary>
    public TimeSpan Backoff { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long one attempt may take beyond the wait that it asks the server for. Default 15 s.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(15);

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(Group);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxAttempts, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxAttempts, 100);
        ArgumentOutOfRangeException.ThrowIfLessThan(Backoff, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RequestTimeout, TimeSpan.Zero);
    }
}
