using System.Collections.Frozen;
using Kontinue.Engine.Loops;
using Kontinue.Engine.Signals;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Clustering;

/// <summary>What a silo does when it hears of something.</summary>
internal interface IClusterListener
{
    /// <summary>Messages are stored for these.</summary>
    void Told(IReadOnlyList<ExecutionKey> keys);

    /// <summary>There may be executions that nobody runs.</summary>
    void Backlog();

    /// <summary>Permits of these may have become free.</summary>
    void Freed(IReadOnlyList<string> semaphores);

    /// <summary>One that somebody waits for here has ended elsewhere.</summary>
    void EndedElsewhere(ExecutionKey key);

    /// <summary>Hints may have been lost.</summary>
    void Missed();
}

/// <summary>
/// This silo among the others: tells them what concerns them, hears what concerns it, and knows how busy they are. All of it is hints and figures of a
/// moment ago; nothing here is relied on.
/// </summary>
internal sealed partial class Cluster(
    ISignalBus bus, ISiloDirectory directory, SiloId silo, KontinueOptions options, Func<SiloLoad> load, TimeProvider time,
    IClusterListener listener, ILogger logger)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>How often one that is alone looks if it still is.</summary>
    private static readonly TimeSpan AloneInterval = TimeSpan.FromSeconds(5);

    /// <summary>The room of a silo that holds no lease any more.</summary>
    public const int Gone = -1;

    private const int SilosPerSecond = 50;

    /// <summary>Silos without a lease that are remembered.</summary>
    private const int MaxGone = 1000;

    private readonly AwaitedElsewhere _awaited = new(time);
    private readonly LoopSignal _look = new(time);
    private volatile View _view = new(0, default, FrozenDictionary<SiloId, int>.Empty);
    private volatile bool _isListening;
    private volatile bool _hasHeardOfOthers;
    private bool _hasMetOthers;
    private SiloLoad _reported;
    private long _lookedAt;

    /// <summary>Whether there are other silos, of whatever group.</summary>
    public bool HasOthers => _view.Others > 0;

    /// <summary>
    /// Whether there ever were other silos since this one started, of whatever group. One that begins lets itself be heard before it takes
    /// anything, so this is known earlier than <see cref="HasOthers"/>, and does not change when the others restart.
    /// </summary>
    public bool HasMetOthers { get => Volatile.Read(ref _hasMetOthers); private set => Volatile.Write(ref _hasMetOthers, value); }

    /// <summary>How many more the others of the group can run.</summary>
    public int RoomElsewhere => _view.Group.Room;

    /// <summary>How many more another silo can run, of whatever group; <see cref="Gone"/> when it holds no lease any more, null when it is not known.</summary>
    public int? RoomOf(SiloId other) => _view.Rooms.TryGetValue(other, out int room) ? room : null;

    /// <summary>Begins to listen and makes itself known.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await bus.StartAsync(silo, options.WorkerGroup, Hear, listener.Missed, cancellationToken).ConfigureAwait(false);
        _isListening = true;
        bus.Send(Signal.Backlog(null));
    }

    /// <summary>Sends what is still to be sent and listens no more.</summary>
    public async Task StopAsync()
    {
        _isListening = false;
        await bus.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Whether this silo may take one more, or should leave it to others.</summary>
    public bool MayTake(int executing) => _view.Group.MayTake(executing, options.MaxConcurrentExecutions);

    /// <summary>How many of those that wait this silo should take.</summary>
    public int ShareOf(int waiting, int executing) => _view.Group.ShareOf(waiting, executing, options.MaxConcurrentExecutions);

    /// <summary>Takes in which silos are alive.</summary>
    public void Observe(IReadOnlyList<SiloRow> silos)
    {
        int others = 0, executing = 0, capacity = 0;
        var rooms = new Dictionary<SiloId, int>();
        foreach (SiloRow row in silos.Where(row => row.Id != silo))
        {
            others++;
            if (row.HasStopped)
            {
                // Declared dead, and left alone for a moment.
                rooms[row.Id] = Gone;
                continue;
            }

            rooms[row.Id] = Math.Max(0, row.Capacity - row.Load.Executing);
            if (string.Equals(row.WorkerGroup, options.WorkerGroup, StringComparison.Ordinal))
            {
                executing += row.Load.Executing;
                capacity += row.Capacity;
            }
        }

        // For as long as somebody may ask; who restarts has another id.
        foreach (SiloId gone in _view.Rooms.Keys.Where(id => !rooms.ContainsKey(id)).Take(MaxGone).ToList())
        {
            rooms[gone] = Gone;
        }

        HasMetOthers |= others > 0;
        bool isOneGone = others < _view.Others;
        bool wasAlone = others > 0 && !HasOthers;
        _view = new View(others, new Spread(executing, capacity), rooms);
        Volatile.Write(ref _lookedAt, time.GetTimestamp());
        if (wasAlone && _isListening)
        {
            MetOthers();
        }

        if (isOneGone)
        {
            // What it had, and what was left to it, is for those who are there.
            listener.Backlog();
        }
    }

    /// <summary>A message is stored for one that is not here.</summary>
    public void Tell(ExecutionKey key) => Send(Signal.Told(key));

    /// <summary>A caller here waits for one that is not here.</summary>
    public void Await(ExecutionKey key) => Send(Signal.Awaited(key, silo));

    /// <summary>Executions are stored that this silo leaves to others.</summary>
    /// <param name="workerGroup">Of this group; null: of any.</param>
    public void LeaveToOthers(string? workerGroup) => Send(Signal.Backlog(workerGroup));

    /// <summary>A permit of a semaphore may be free for others.</summary>
    public void Offer(string semaphore) => Send(Signal.Freed(semaphore));

    /// <summary>An execution has ended here, after its commit.</summary>
    public void Ended(ExecutionKey key)
    {
        if (HasOthers)
        {
            foreach (SiloId waiting in _awaited.End(key))
            {
                Send(Signal.Ended(key, waiting));
            }
        }
    }

    /// <summary>Looks at the others and says how busy this silo is, until canceled.</summary>
    public async Task KeepAsync(Func<bool> isReplaced, CancellationToken cancellationToken)
    {
        while (!isReplaced())
        {
            await _look.WaitAsync(Tick, cancellationToken).ConfigureAwait(false);
            if (isReplaced())
            {
                return;
            }

            try
            {
                await ReportAsync(cancellationToken).ConfigureAwait(false);
                if (time.GetElapsedTime(Volatile.Read(ref _lookedAt)) >= Interval() || _hasHeardOfOthers)
                {
                    _hasHeardOfOthers = false;
                    Observe(await directory.ReadSilosAsync(onlyAlive: true, StoreArguments.MaxLimit, cancellationToken).ConfigureAwait(false));
                }
            }
            catch (StoreException e)
            {
                LogFailed(logger, e.ToLog());
            }
        }
    }

    /// <summary>However many silos there are, together they look about so often.</summary>
    private TimeSpan Interval() => !HasOthers
        ? AloneInterval < options.Lease / 4 ? AloneInterval : options.Lease / 4
        : TimeSpan.FromSeconds(Math.Max(1, (_view.Others + 1.0) / SilosPerSecond));

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        SiloLoad now = load();
        int change = Math.Abs(now.Executing - _reported.Executing);
        if (change > Math.Max(4, options.MaxConcurrentExecutions / 50) || (change > 0 && now.Executing == 0))
        {
            await directory.ReportLoadAsync(silo, now, cancellationToken).ConfigureAwait(false);
            _reported = now;
        }
    }

    /// <summary>Others were told nothing until now: they have not heard who waits here for what they run.</summary>
    private void MetOthers() => listener.Missed();

    private void Send(in Signal signal)
    {
        if (_isListening && HasOthers)
        {
            bus.Send(signal);
        }
    }

    private void Hear(IReadOnlyList<Signal> signals)
    {
        if (!_isListening)
        {
            return;
        }

        if (!HasOthers)
        {
            // Somebody new: until it is known, nothing would be sent.
            _hasHeardOfOthers = HasMetOthers = true;
            _view = _view with { Others = 1 };
            _look.Set();
            MetOthers();
        }

        List<ExecutionKey>? told = null;
        List<string>? freed = null;
        bool isBacklog = false;
        foreach (Signal signal in signals)
        {
            switch (signal.Kind)
            {
                case SignalKind.Told:
                    (told ??= []).Add(signal.Execution);
                    break;
                case SignalKind.Freed when signal.Name is { } semaphore:
                    (freed ??= []).Add(semaphore);
                    break;
                case SignalKind.Backlog:
                    isBacklog = true;
                    break;
                case SignalKind.Awaited when signal.Silo != silo:
                    if (_awaited.Add(signal.Execution, signal.Silo))
                    {
                        Send(Signal.Ended(signal.Execution, signal.Silo));
                    }

                    break;
                case SignalKind.Ended:
                    listener.EndedElsewhere(signal.Execution);
                    break;
            }
        }

        if (told is not null)
        {
            listener.Told(told);
        }

        if (freed is not null)
        {
            listener.Freed(freed);
        }

        if (isBacklog)
        {
            if (time.GetElapsedTime(Volatile.Read(ref _lookedAt)) >= Interval() / 4)
            {
                // It may have come or gone; how much of the backlog is for this silo depends on that.
                _hasHeardOfOthers = true;
                _look.Set();
            }

            listener.Backlog();
        }
    }

    private sealed record View(int Others, Spread Group, IReadOnlyDictionary<SiloId, int> Rooms);

    [LoggerMessage(Level = LogLevel.Warning, Message = "How busy the silos are could not be exchanged; trying again.")]
    private static partial void LogFailed(ILogger logger, Exception? exception);
}
