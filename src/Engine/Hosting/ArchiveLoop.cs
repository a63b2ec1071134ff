using Kontinue.Engine.Archives;
using Kontinue.Engine.Loops;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Hosting;

/// <summary>
/// Archives trees whose time has come, and deletes from the archive what has been kept there long enough. Every silo does; each takes what is due in an
/// order of its own, and when two come to the same tree nothing is lost and nothing is there twice (<see cref="TreeArchiver"/>).
/// </summary>
/// <remarks>
/// What the root left running is waited for and not canceled: archiving ends nothing. Until then the whole tree stays where it is.
/// </remarks>
internal sealed partial class ArchiveLoop(IExecutionStore store, EmbeddedHost host, ILogger logger)
{
    /// <summary>Roots found in one look.</summary>
    private const int Page = 100;

    /// <summary>Archived trees deleted at once: each may have many pieces.</summary>
    private const int MaxDeleted = 20;

    /// <summary>How many roots are remembered as waiting or as failing. To forget one does no harm.</summary>
    private const int MaxRemembered = 10_000;

    /// <summary>How much longer than between two looks for work it takes until the next look.</summary>
    private const int IdleFactor = 5;

    private readonly TreeArchiver _archiver = new(store, new TreeDeletion(store, host), () => host.Now);
    private readonly LoopSignal _signal = new(host.Time);
    private readonly Pace _pace = new();

    /// <summary>By the uid of a root: what has to end first.</summary>
    private readonly Dictionary<Guid, (ExecutionKey Key, Guid Uid)> _blockers = [];

    /// <summary>Those of which it was logged that they cannot be archived.</summary>
    private readonly HashSet<Guid> _failed = [];

    /// <summary>Look now.</summary>
    public void Signal() => _signal.Set();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Task signal = _signal.Rearm();
            _pace.Begin();
            try
            {
                await ArchiveAsync(cancellationToken).ConfigureAwait(false);
                await DeleteAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // Also what nobody has thought of: without this loop nothing would ever be archived again.
                LogFailed(logger, e.ToLog());
            }

            await _signal.WaitAsync(signal, host.Options.SweepInterval * IdleFactor, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>One pass over all that is due by now, page by page: what has to wait hides nothing that comes behind it.</summary>
    private async Task ArchiveAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset until = host.Now;
        IReadOnlyList<DueRow> page = [];
        do
        {
            page = await store.FindArchivableAsync(until, page.Count == 0 ? null : page[^1], Page, cancellationToken).ConfigureAwait(false);
            foreach (DueRow due in page.OrderBy(due => HashCode.Combine(due.Uid, host.Silo)))
            {
                await TryAsync(due, cancellationToken).ConfigureAwait(false);
                await _pace.RestAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        while (page.Count == Page);
    }

    private async Task TryAsync(DueRow due, CancellationToken cancellationToken)
    {
        try
        {
            if (_blockers.TryGetValue(due.Uid, out (ExecutionKey Key, Guid Uid) known) &&
                await store.ReadAsync(known.Key, cancellationToken).ConfigureAwait(false) is { } still && still.Uid == known.Uid &&
                !still.Phase.IsTerminal())
            {
                return;
            }

            _blockers.Remove(due.Uid);
            if (await _archiver.ArchiveAsync(due, cancellationToken).ConfigureAwait(false) is { } running)
            {
                if (_blockers.Count >= MaxRemembered)
                {
                    _blockers.Clear();
                }

                _blockers[due.Uid] = (running.Key, running.Uid);
            }

            _failed.Remove(due.Uid);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is not StoreException { IsTransient: true })
        {
            // One that cannot be read or written, as one of a newer version, does not keep the others here.
            if (_failed.Count < MaxRemembered && _failed.Add(due.Uid))
            {
                LogNotArchived(logger, e, due.Key);
            }
        }
    }

    private async Task DeleteAsync(CancellationToken cancellationToken)
    {
        while (await store.DeleteArchivesAsync(host.Now, MaxDeleted, cancellationToken).ConfigureAwait(false) == MaxDeleted)
        {
            await _pace.RestAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Looking for executions to archive failed; trying again.")]
    private static partial void LogFailed(ILogger logger, Exception? exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Execution {Execution} could not be archived; trying again.")]
    private static partial void LogNotArchived(ILogger logger, Exception exception, ExecutionKey execution);
}
