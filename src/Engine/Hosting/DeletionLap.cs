using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Hosting;

/// <summary>
/// One pass over all that is due, page by page: what has to wait is passed over, and hides nothing that comes behind it. What becomes
/// due meanwhile is left to the next one, so that each comes to an end.
/// </summary>
internal sealed class DeletionLap
{
    private DateTimeOffset? _until;

    public DueRow? After { get; private set; }

    /// <summary>Whether something that was passed has to wait.</summary>
    public bool Waiting { get; set; }

    /// <summary>Those that wait for something that runs. Not more than are remembered of those.</summary>
    public HashSet<Guid> Blocked { get; } = [];

    /// <summary>Goes on, or begins.</summary>
    /// <returns>Up to when things must be due to be found.</returns>
    public DateTimeOffset Begin(DateTimeOffset now) => _until ??= now;

    /// <summary>Before the rows are worked on: what fails comes again with the next lap, and is not in the way of this one.</summary>
    public void Pass(ExecutionRow? last) => After = last is null ? null : new DueRow(last.DeleteAt!.Value, last.Key, last.Uid);

    /// <summary>Ends it.</summary>
    /// <returns>Whether something has to wait.</returns>
    public bool End()
    {
        bool waiting = Waiting;
        (_until, Waiting) = (null, false);
        Blocked.Clear();
        return waiting;
    }
}
