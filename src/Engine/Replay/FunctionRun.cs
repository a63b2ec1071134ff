using System.Text.Json;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Journal;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Replay;

/// <summary>What a run of a function is given.</summary>
internal sealed record FunctionRunSetup(
    FunctionDefinition Function, ExecutionInfo Execution, JsonPayload Arguments, int Run, int Resumptions,
    JsonSerializerOptions Json, int MaxPayloadBytes, ILogger Logger, IServiceProvider Services, DateTimeOffset StartedAt, bool IsNew);

/// <summary>
/// One life of a function in memory, from its first line to its end or to the moment it leaves memory. Feeds it facts and collects what it
/// asks for; knows nothing of stores, commits and threads. The part that function code sees is in <c>FunctionRun.Context.cs</c>.
/// </summary>
internal sealed partial class FunctionRun : KontinueContext
{
    private readonly FunctionRunSetup _setup;
    private readonly History _history;
    private readonly FunctionScheduler _scheduler;
    private readonly Dictionary<string, int> _occurrences = new(StringComparer.Ordinal);

    /// <summary>Operations asked for and not ended, in the order of asking.</summary>
    private readonly OrderedDictionary<string, Operation> _pending = new(StringComparer.Ordinal);

    /// <summary>Facts that came before the function asked for them: an earlier attempt's, or those of code that has changed since.</summary>
    private readonly Dictionary<string, Entry> _unclaimed = new(StringComparer.Ordinal);

    private readonly Dictionary<string, Queue<Entry>> _events = new(StringComparer.Ordinal);
    private readonly List<Operation> _asked = [];

    private Task<JsonPayload>? _task;
    private DateTimeOffset _now;
    private bool _replaying;
    private bool _cancelUnseen;

    // Made when first asked for: most functions need neither.
    private DeterministicRandom? _random;
    private ReplayLogger? _logger;
    private CancellationTokenSource? _cancellation;

    public FunctionRun(FunctionRunSetup setup, History history, Action nudge)
    {
        _setup = setup;
        _history = history;
        _scheduler = new FunctionScheduler(nudge);
        _now = history.AttemptStartedAt ?? setup.StartedAt;
        _replaying = !setup.IsNew || history.Facts.Any();
    }

    /// <summary>Why journal and code disagree; null while they agree.</summary>
    public string? Disagreement { get; private set; }

    /// <summary>The function's end; null while it goes on.</summary>
    public Task<JsonPayload>? Ended => _task is { IsCompleted: true } ? _task : null;

    /// <summary>Operations that wait for something.</summary>
    public IEnumerable<Operation> Pending => _pending.Values;

    public bool HasPending => _pending.Count > 0;

    /// <summary>Starts the function and brings it to where the journal ends.</summary>
    public void Start()
    {
        _scheduler.Run(static run => run.Call(), this);
        foreach (Entry fact in _history.Facts)
        {
            if (Disagreement is not null)
            {
                return;
            }

            Feed(fact);
        }

        _replaying = false;
    }

    /// <summary>Tells the function a new fact, and lets it run until it waits again.</summary>
    public void Deliver(Entry fact) => Feed(fact);

    /// <summary>Runs what arrived from outside.</summary>
    public void Continue() => _scheduler.Run(static _ => { }, this);

    /// <summary>What the function asked for since the last call and has not been answered.</summary>
    public IReadOnlyList<Operation> TakeAsked()
    {
        if (_asked.Count == 0)
        {
            return [];
        }

        Operation[] asked = [.. _asked.Where(o => _pending.ContainsKey(o.Key))];
        _asked.Clear();
        return asked;
    }

    public bool TryGetPending(string key, out Operation? operation) => _pending.TryGetValue(key, out operation);

    /// <summary>Events that nobody took.</summary>
    public IEnumerable<Entry> UntakenEvents => _events.Values.SelectMany(q => q).OrderBy(e => e.At);

    private void Call()
    {
        object? arguments;
        try
        {
            arguments = _setup.Function.Binding.BindArguments(_setup.Arguments, _setup.Json);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            _task = Task.FromException<JsonPayload>(new KontinueException(
                ErrorKind.Validation, $"The arguments do not fit function '{_setup.Function.Name}': {e.Message}", retryable: false, inner: e));
            return;
        }

        try
        {
            _task = _setup.Function.Binding.InvokeAsync(this, arguments, _setup.Services);
        }
#pragma warning disable CA1031 // Whatever a function throws is its outcome.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _task = Task.FromException<JsonPayload>(e);
        }

        if (!_task.IsCompleted)
        {
            // A function that leaves its scheduler may end on a foreign thread: its end must come back here to be noticed.
            _task.GetAwaiter().UnsafeOnCompleted(static () => { });
        }
    }

    private void Feed(Entry fact)
    {
        _now = fact.At;
        switch (fact.Kind)
        {
            case EntryKind.EventReceived:
                FeedEvent(fact);
                break;
            case EntryKind.CancelRequested:
                FeedCancel();
                break;
            default:
                FeedOutcome(fact);
                break;
        }
    }

    private void FeedOutcome(Entry fact)
    {
        if (!_pending.TryGetValue(fact.Operation!, out Operation? operation))
        {
            _unclaimed[fact.Operation!] = fact;
            return;
        }

        if (!Agrees(operation.Key, operation.Kind, _history.KindOf(fact)))
        {
            return;
        }

        _pending.Remove(fact.Operation!);
        _cancelUnseen &= fact.Kind != EntryKind.StepCanceled;
        Complete(operation, fact);
    }

    private void FeedEvent(Entry fact)
    {
        foreach (Operation operation in _pending.Values)
        {
            if (operation is IEventOperation waiting && string.Equals(waiting.Name, fact.Operation, StringComparison.Ordinal))
            {
                _pending.Remove(operation.Key);
                Complete(operation, fact);
                return;
            }
        }

        if (!_events.TryGetValue(fact.Operation!, out Queue<Entry>? queue))
        {
            _events[fact.Operation!] = queue = new Queue<Entry>();
        }

        queue.Enqueue(fact);
    }

    // A wait ends at once. A step or poll is told by its token and ends with an entry of its own, so that its outcome is not lost and a
    // replay sees the same. If that is not how the function learns of it, the next thing that it asks for says so.
    private void FeedCancel()
    {
        var waits = new List<Operation>();
        foreach (Operation operation in _pending.Values)
        {
            if (operation.Kind is OperationKind.Step or OperationKind.Poll)
            {
                operation.IsCancelRequested = true;
            }
            else
            {
                waits.Add(operation);
            }
        }

        waits.ForEach(wait => _pending.Remove(wait.Key));
        _cancelUnseen = waits.Count == 0;
        _scheduler.Run(static run => run.Cancellation.Cancel(), this);
        foreach (Operation wait in waits)
        {
            _scheduler.Run(static state => state.Wait.Cancel(state.Token), (Wait: wait, Token: Cancellation.Token));
        }
    }

    private void Complete(Operation operation, Entry fact) =>
        _scheduler.Run(
            static state => state.Operation.Complete(state.Fact, state.Json), (Operation: operation, Fact: fact, _setup.Json));

    private bool Agrees(string key, OperationKind asked, OperationKind? recorded)
    {
        if (recorded is null || recorded == asked)
        {
            return true;
        }

        Disagreement ??= $"The code asks for '{key}' as {asked}, but the journal has it as {recorded}. " +
            "Give the new operation another name, or bring the old one back.";
        return false;
    }
}
