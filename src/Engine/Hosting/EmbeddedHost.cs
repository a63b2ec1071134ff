using Kontinue.Engine.Claiming;
using Kontinue.Engine.Clustering;
using Kontinue.Engine.Commit;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Jobs;
using Kontinue.Engine.Runtime;
using Kontinue.Engine.Signals;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kontinue.Engine.Hosting;

/// <summary>Runs executions in this process: starts and stops the parts and carries messages between them.</summary>
internal sealed partial class EmbeddedHost : ILocalSilo, IRuntimeHost, IClusterListener, IDisposable
{
    /// <summary>How long a new execution may run before it is stored as it was created.</summary>
    private static readonly TimeSpan UnstoredLimit = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan HousekeepingInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>How often a stopping host looks whether everything has been handled: real time, whatever the host's clock is.</summary>
    private static readonly TimeSpan SettleInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>Held executions released in one transaction.</summary>
    private const int MaxReleased = 1000;

    private readonly IExecutionStore _store;
    private readonly StoreClock _clock;
    private readonly StoreHealth _health;
    private readonly Residents _residents;
    private readonly ClaimLoop _claims;
    private readonly WakeSchedule _wakes;
    private readonly Admission _admission;
    private readonly LeaseKeeper _lease;
    private readonly LoggerSource _loggers;
    private readonly Unstored _unstored;
    private readonly IExecutionAssigner? _assigner;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Ends the lease: later than all else, for steps that run may take their time to end.</summary>
    private readonly CancellationTokenSource _release = new();
    private readonly List<Task> _loops = [];
    private Task _keeping = Task.CompletedTask;
    private volatile bool _isAccepting;

    public EmbeddedHost(
        IExecutionStore store, FunctionRegistry functions, IOptions<KontinueOptions> options, StoreClock clock, StoreHealth health,
        KnownFunctions known, GroupCommitter committer, ResultWaiters waiters, ISignalBus signals, IServiceProvider services,
        ILoggerFactory loggers, IExecutionAssigner? assigner = null)
    {
        _store = store;
        _health = health;
        Functions = functions;
        Known = known;
        Options = options.Value;
        Time = _clock = clock;
        Committer = committer;
        Waiters = waiters;
        Services = services;
        _assigner = assigner;
        _loggers = new LoggerSource(loggers);
        Uids = new UidGenerator(clock);

        // Not from the generator, which never goes back: made before the store was asked for its time.
        Silo = new SiloId(new UidGenerator(clock).Next());
        Steps = new StepRunner(Options.MaxConcurrentSteps);
        _residents = new Residents(Options, clock);
        _wakes = new WakeSchedule(clock, WakeAll);
        _lease = new LeaseKeeper(store, Silo, Options, () => known.Registrations, Load, clock, health, _loggers.Engine, assigner?.TakeOverDelay);
        Cluster = new Cluster(signals, store, Silo, Options, Load, clock, this, _loggers.Engine);
        _lease.Silos = Cluster.Observe;
        Jobs = new JobRelay(this, store, services.GetService<IJobGateway>(), _loggers.Engine);
        Deletions = new DeletionLoop(store, this, _loggers.Engine);
        Archives = new ArchiveLoop(store, this, _loggers.Engine);
        _admission = new Admission(store, this, functions) { Offer = Cluster.Offer };
        _claims = new ClaimLoop(store, this, _residents, functions, _admission, Cluster, assigner, () => _lease.IsHeld, Deletions.GoesOn, _loggers.Engine);
        _unstored = new Unstored(clock, UnstoredLimit);
        EndedRows = new EndedRows(committer);
        Stranded = new StrandedRows(store, this);
    }

    public SiloId Silo { get; }

    public KontinueOptions Options { get; }

    public TimeProvider Time { get; }

    public IServiceProvider Services { get; }

    public FunctionRegistry Functions { get; }

    public KnownFunctions Known { get; }

    public UidGenerator Uids { get; }

    public GroupCommitter Committer { get; }

    /// <summary>Tells those who follow changes of one that was not committed by <see cref="Committer"/>.</summary>
    public void SignalChange() => Committer.Committed?.Invoke();

    public StepRunner Steps { get; }

    public ILoggerSource Loggers => _loggers;

    /// <summary>The store's time: what other silos have written is compared with it.</summary>
    public DateTimeOffset Now => StoreTime.Truncate(_clock.GetUtcNow());

    public int LeaseTerm => _lease.Term;

    public Random Jitter => Random.Shared;

    public ResultWaiters Waiters { get; }

    public JobRelay Jobs { get; }

    /// <summary>The other silos.</summary>
    public Cluster Cluster { get; }

    /// <summary>The way to change what has ended.</summary>
    public EndedRows EndedRows { get; }

    /// <summary>The way to end what nobody can be told to end.</summary>
    public StrandedRows Stranded { get; }

    /// <summary>Deletes what is to be deleted.</summary>
    public DeletionLoop Deletions { get; }

    /// <summary>Archives what is to be archived.</summary>
    public ArchiveLoop Archives { get; }

    /// <summary>Executions in memory; for tests and metrics.</summary>
    public int ResidentCount => _residents.Total;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _store.InitializeAsync(cancellationToken).ConfigureAwait(false);
        await _lease.RegisterAsync(cancellationToken).ConfigureAwait(false);

        // Before anything is run: whoever starts a child of another group must know its limit.
        await Known.StartAsync(cancellationToken).ConfigureAwait(false);
        int released = 0;
        int some;
        do
        {
            some = await _store.ReleaseHeldAsync(Silo, Functions.Names, Now, MaxReleased, cancellationToken).ConfigureAwait(false);
            released += some;
        }
        while (some == MaxReleased);

        if (released > 0)
        {
            LogReleased(_loggers.Engine, released);
        }

        Committer.Start();
        await Cluster.StartAsync(cancellationToken).ConfigureAwait(false);
        await Jobs.AttachAsync(cancellationToken).ConfigureAwait(false);
        _isAccepting = true;
        CancellationToken stop = _stop.Token;
        _loops.Add(Task.Run(() => GuardAsync(_claims.RunAsync(stop)), CancellationToken.None));
        _keeping = Task.Run(() => GuardAsync(_lease.KeepAsync(LoseAll, _claims.SignalBacklog, _release.Token)), CancellationToken.None);
        _loops.Add(Task.Run(() => GuardAsync(ReadWakeUpsAsync(stop)), CancellationToken.None));
        _loops.Add(Task.Run(() => GuardAsync(_unstored.RunAsync(stop)), CancellationToken.None));
        _loops.Add(Task.Run(() => GuardAsync(HouseKeepAsync(stop)), CancellationToken.None));
        _loops.Add(Task.Run(() => GuardAsync(Known.KeepAsync(stop)), CancellationToken.None));
        _loops.Add(Task.Run(() => GuardAsync(Cluster.KeepAsync(() => _lease.IsReplaced, stop)), CancellationToken.None));
        _loops.Add(Task.Run(() => GuardAsync(Deletions.RunAsync(stop)), CancellationToken.None));
        _loops.Add(Task.Run(() => GuardAsync(Archives.RunAsync(stop)), CancellationToken.None));
        LogStarted(_loggers.Engine, Options.SiloName, Silo, Functions.All.Count);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!_isAccepting)
        {
            return;
        }

        _isAccepting = false;
        _health.ReportEnd("The host is shutting down.");
        await _stop.CancelAsync().ConfigureAwait(false);

        // So that the others hear now that it takes no more.
        _lease.Hurry();
        await Task.WhenAll(_loops).ConfigureAwait(false);

        // Steps that run may end, and their results are committed; none begins any more. Until then the lease is kept: nobody else may run them.
        using var grace = new CancellationTokenSource(Options.ShutdownGrace, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(grace.Token, cancellationToken);
        try
        {
            await Steps.CloseAsync().WaitAsync(either.Token).ConfigureAwait(false);
            await SettleAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            LogGraceOver(_loggers.Engine, Steps.Running);
        }

        await Jobs.DetachAsync().ConfigureAwait(false);
        await _release.CancelAsync().ConfigureAwait(false);
        await _keeping.ConfigureAwait(false);
        DropAll();
        await Committer.StopAsync().ConfigureAwait(false);
        Waiters.FailAll(new UnavailableException("The host is shutting down.") { MayHaveBeenDone = true });
        try
        {
            await _store.UnregisterSiloAsync(Silo, CancellationToken.None).ConfigureAwait(false);

            // After it: what the others look for now they may have.
            Cluster.LeaveToOthers(workerGroup: null);
        }
        catch (StoreException e)
        {
            LogNotUnregistered(_loggers.Engine, e);
        }

        await Cluster.StopAsync().ConfigureAwait(false);
    }

    /// <summary>Lets the timers go. The store belongs to the container, which outlives the host.</summary>
    public void Dispose()
    {
        _wakes.Dispose();
        _stop.Dispose();
        _release.Dispose();
        Jobs.Dispose();
    }

    /// <summary>Stores a message from outside, delivers it, and answers when it is stored.</summary>
    public async Task<CommitOutcome> SendAsync(Message message)
    {
        var unit = new CommitUnit { RequireTarget = true };
        unit.Messages.Add(message);
        var pending = new PendingUnit(unit)
        {
            Completion = new TaskCompletionSource<CommitOutcome>(TaskCreationOptions.RunContinuationsAsynchronously),
        };
        Committer.Enqueue(pending);
        CommitOutcome outcome = await pending.Completion.Task.ConfigureAwait(false);
        if (outcome == CommitOutcome.Applied)
        {
            Deliver(message);
        }

        return outcome;
    }

    public bool IsAccepting => _isAccepting && !_lease.IsReplaced && _health.IsAlive;

    public void Route(Message message)
    {
        if (!_residents.TryGet(message.Target, out ExecutionRuntime? runtime) || !runtime.Post(new Input(InputKind.Message, message)))
        {
            _claims.Wake(message.Target, tellOthers: true);
        }
    }

    public void ReadMessages(ExecutionKey key, bool tellOthers = false) => _claims.Told([key], tellOthers);

    /// <summary>Brings a stored execution that nobody owns into memory here, if it is for here and there is a place; otherwise it is left to others.</summary>
    public void Wake(ExecutionRow row)
    {
        if (IsForHere(row) && _residents.Free > 0)
        {
            _claims.Wake(row.Key);
        }
        else
        {
            SignalBacklog(row.WorkerGroup);
        }
    }

    /// <summary>Lets an execution go that was deleted while it ran here.</summary>
    public void Drop(ExecutionKey key, Guid uid)
    {
        if (_residents.TryGet(key, out ExecutionRuntime? runtime) && runtime.Uid == uid)
        {
            runtime.Post(new Input(InputKind.Drop));
        }
    }

    public void SignalBacklog(string? workerGroup)
    {
        _claims.SignalBacklog();
        Cluster.LeaveToOthers(workerGroup);
    }

    public void WakeAt(ExecutionKey key, DateTimeOffset at)
    {
        if (at - Now <= Horizon)
        {
            _wakes.Add(key, at);
        }
    }

    public void ActivityChanged(ExecutionRuntime runtime, Activity before, Activity now)
    {
        _residents.ActivityChanged(runtime, before, now);
        if (before == Activity.Busy && _claims.HasWork)
        {
            _claims.Signal();
        }
    }

    public void Ended(StoredExecution execution)
    {
        EngineTelemetry.Ended(execution);
        LookAt(execution.Row.Semaphores);
        Waiters.Complete(execution);
        Cluster.Ended(execution.Row.Key);
        Deletions.Ended(execution.Row.Uid);
    }

    private void WakeAll(IReadOnlyList<ExecutionKey> keys)
    {
        foreach (ExecutionKey key in keys)
        {
            if (!_residents.TryGet(key, out ExecutionRuntime? runtime) || !runtime.Post(new Input(InputKind.Tick)))
            {
                _claims.Wake(key);
            }
        }
    }

    /// <summary>Waits until what the last steps brought has been handled and committed.</summary>
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        await Committer.FlushAsync(cancellationToken).ConfigureAwait(false);
        while (_residents.Snapshot().Any(runtime => !runtime.IsQuiet))
        {
            await Task.Delay(SettleInterval, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            await Committer.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task HouseKeepAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(HousekeepingInterval, Time);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            _residents.EvictExpired();
            if (_clock.HasJumped)
            {
                _lease.Hurry();
            }
        }
    }

    private async Task GuardAsync(Task loop)
    {
        try
        {
            await loop.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested || _release.IsCancellationRequested)
        {
            // The host is stopping.
        }
#pragma warning disable CA1031 // A loop that ends silently would leave work lying; say it where operators look.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogLoopEnded(_loggers.Engine, e);
            _health.ReportDefect();
        }
    }
}
