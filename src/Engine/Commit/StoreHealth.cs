
namespace Kontinue.Engine.Commit;

/// <summary>
/// Whether the store takes what it is given. Commits and leases are judged apart: on a full disk a lease can still be renewed, and while
/// nothing is committed only the lease tells.
/// </summary>
internal sealed class StoreHealth : IHostHealth
{
    private volatile string? _lease = "The host is starting.";
    private volatile string? _commits;
    private volatile string? _end;
    private volatile bool _hasDefect;

    public bool IsReady => _end is null && _commits is null && _lease is null;

    public bool IsAlive => !_hasDefect;

    public string Message => _end ?? _commits ?? _lease ?? "ok";

    /// <summary>The store has answered a commit, whatever the answer.</summary>
    public void ReportCommit()
    {
        if (_commits is not null)
        {
            _commits = null;
        }
    }

    /// <summary>A commit could not be made and is tried again.</summary>
    /// <returns>Whether commits were well until now.</returns>
    public bool ReportCommitFailure(string message)
    {
        bool wasWell = _commits is null;
        _commits = message;
        return wasWell;
    }

    /// <summary>The lease is held.</summary>
    public void ReportLease() => _lease = null;

    /// <summary>The lease could not be renewed.</summary>
    public void ReportLeaseFailure(string message) => _lease = message;

    /// <summary>Says that the host takes no work any more, whatever the store does.</summary>
    public void ReportEnd(string message) => _end = message;

    /// <summary>Says that a part of the host has ended that nothing but a restart brings back.</summary>
    public void ReportDefect()
    {
        _end = "A part of the host has ended because of a defect; restart the process.";
        _hasDefect = true;
    }
}
