namespace Kontinue.Grains.Client;

/// <summary>Settings of a <see cref="GrainKontinueClient"/>. They are read once, when the client is made.</summary>
public sealed class GrainClientOptions
{
    /// <summary>
    /// How long the start of the application waits for a first silo, before it fails with <see cref="UnavailableException"/>. Default 30 s; 0 to 1 hour. Not used where
    /// <c>UseConnectionRetryFilter</c> of Orleans has set something else.
    /// </summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a call is repeated while silos die, stop or do not answer, beyond what it waits for an end. Default 30 s; 100 ms to 10 minutes.
    /// </summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long one try of a call that may be repeated waits for its answer, beyond what it waits for an end, before the silo is taken for lost.
    /// Default 5 s; 50 ms to 10 minutes. One that must not be repeated waits for <see cref="RequestTimeout"/>.
    /// </summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The wait before the second try; it doubles with each further one, up to <see cref="MaxBackoff"/>. Half of each wait is random.
    /// Default 50 ms; 0 to 1 minute.
    /// </summary>
    public TimeSpan Backoff { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest wait between two tries. Default 2 s; 0 to 1 minute.</summary>
    public TimeSpan MaxBackoff { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a watch may be silent before its silo is taken for lost. Silos send bookmarks every 10 s. Default 30 s; 100 ms to 1 hour.
    /// </summary>
    public TimeSpan WatchIdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a watch that has once told something tries to get a silo back before it fails. Default 5 minutes; 0 to 1 day.
    /// </summary>
    public TimeSpan WatchPatience { get; set; } = TimeSpan.FromMinutes(5);
}
