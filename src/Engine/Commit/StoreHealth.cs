using Kontinue.Engine.Hosting;

namespace Kontinue.Engine.Commit;

/// <summary>Whether the store takes what it is given, as the last commits and heartbeats tell.</summary>
internal sealed class StoreHealth : IHostHealth
{
    private volatile string? _failure = "The host is starting.";
    private volatile string? _end;

    public bool IsReady => _end is null && _failure is null;

    public string Message => _end ?? _failure ?? "ok";

    public void ReportSuccess()
    {
        if (_failure is not null)
        {
            _failure = null;
        }
    }

    /// <returns>Whether it was well until now.</returns>
    public bool ReportFailure(string message)
    {
        bool wasWell = _failure is null;
        _failure = message;
        return wasWell;
    }

    /// <summary>Says that the host takes no work any more, whatever the store does.</summary>
    public void ReportEnd(string message) => _end = message;
}
