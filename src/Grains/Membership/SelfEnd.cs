namespace Kontinue.Grains.Membership;

/// <summary>
/// Whether a silo ends itself because it is of no use any more: the cluster has declared it dead, or another process has taken its name. Its process is asked to
/// stop; who started it should start it again, as after a failure.
/// </summary>
public sealed class SelfEnd
{
    private volatile string? _reason;

    /// <summary>Why; null while it does not.</summary>
    public string? Reason
    {
        get => _reason;
        internal set => _reason = value;
    }
}
