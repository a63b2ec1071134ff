using Kontinue.Engine.Executions;
using Kontinue.Engine.Jobs;
using Kontinue.Engine.Journal;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Replay;

/// <summary>The part of a run that function code sees.</summary>
internal sealed partial class FunctionRun
{
    public override ExecutionInfo Execution => _setup.Execution;

    public override int Attempt => _history.Attempt;

    public override int Resumptions => _setup.Resumptions;

    public override CancellationToken CancellationToken => Cancellation.Token;

    public override ILogger Logger => _logger ??= new ReplayLogger(_setup.Logger, () => _replaying);

    public override bool IsReplaying => _replaying;

    public override DateTimeOffset UtcNow => _now;

    public override Random Random
    {
        get
        {
            Guard();
            return Randomness;
        }
    }

    public override Guid NewGuid()
    {
        Guard();
        return Randomness.NextGuid();
    }

    public override Task<T> Step<T>(string name, Func<CancellationToken, Task<T>> body, StepOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        options ??= DefaultStepOptions;
        options.Retry.Validate(nameof(options));
        ThrowIfNotPositive(options.Timeout, nameof(options));
        return Ask(new StepOperation<T>(Identify(name), body, options));
    }

    public override Task<T> Execute<T>(string function, object? arguments = null, ChildOptions? options = null) =>
        Ask(Child<T>(function, arguments, options, detached: false));

    public override ChildExecution<T> Spawn<T>(string function, object? arguments = null, ChildOptions? options = null)
    {
        ChildOperation<T> child = Child<T>(function, arguments, options, detached: true);
        Task<T> result = Ask(child);
        return new ChildExecution<T>(child.Child, result);
    }

    public override Task<JobResult> RunJob(string name, JobSpec spec, JobOptions? options = null) => Ask(Job(name, JobKind.Job, spec, spec, options));

    public override Task<JobResult> RunPod(string name, PodSpec spec, JobOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var job = new JobSpec
        {
            Image = spec.Image, Command = spec.Command, Args = spec.Args, Env = spec.Env, WorkingDirectory = spec.WorkingDirectory,
            ActiveDeadline = spec.ActiveDeadline, Ttl = spec.Ttl, Labels = spec.Labels, Resources = spec.Resources,
        };
        return Ask(Job(name, JobKind.Pod, job, spec, options));
    }

    public override Task Sleep(TimeSpan duration, string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(duration, Duration.Max);
        return Ask(new SleepOperation(Identify(name ?? "sleep"), duration));
    }

    public override Task<T> Suspend<T>(string name, TimeSpan? timeout = null, string? description = null)
    {
        ThrowIfNotPositive(timeout, nameof(timeout));
        return Ask(new SuspendOperation<T>(Identify(name), timeout, description));
    }

    public override Task<T> Event<T>(string name, TimeSpan? timeout = null)
    {
        ThrowIfNotPositive(timeout, nameof(timeout));
        var operation = new EventOperation<T>(Identify(name), name, timeout);
        if (_events.TryGetValue(name, out Queue<Entry>? queue) && !_unclaimed.ContainsKey(operation.Key) && queue.TryDequeue(out Entry? early))
        {
            operation.Complete(early, _setup.Json);
            return operation.Task;
        }

        return Ask(operation);
    }

    public override Task Poll(
        string name, Func<CancellationToken, Task<bool>> condition, TimeSpan interval, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        ThrowIfNotPositive(timeout, nameof(timeout));
        return Ask(new PollOperation(Identify(name), condition, interval, timeout));
    }

    public override Exception ContinueAsNew(object? arguments = null)
    {
        Guard();
        JsonPayload payload = arguments is null ? JsonPayload.EmptyObject : JsonPayload.From(arguments, _setup.Json);
        return payload.Length > _setup.MaxPayloadBytes
            ? new PayloadTooLargeException("The arguments of ContinueAsNew", payload.Length, _setup.MaxPayloadBytes)
            : new ContinueAsNewException(payload);
    }

    private static readonly StepOptions DefaultStepOptions = new();

    private CancellationTokenSource Cancellation => _cancellation ??= new CancellationTokenSource();

    private DeterministicRandom Randomness => _random ??= DeterministicRandom.For(_setup.Execution.Uid, _setup.Run);

    private static void ThrowIfNotPositive(TimeSpan? value, string name)
    {
        if (value <= TimeSpan.Zero || value > Duration.Max)
        {
            throw new ArgumentOutOfRangeException(name, value, "A timeout must be more than zero and at most 100 years.");
        }
    }

    private ChildOperation<T> Child<T>(string function, object? arguments, ChildOptions? options, bool detached)
    {
        options ??= DefaultChildOptions;
        if (!Names.IsFunctionName(function))
        {
            throw new ArgumentException($"'{function}' is not a function name. {Names.FunctionNameRule}", nameof(function));
        }

        if (options.Name is not null && !Names.IsExecutionName(options.Name))
        {
            throw new ArgumentException($"'{options.Name}' is not an execution name. {Names.ExecutionNameRule}", nameof(options));
        }

        if (options.WorkerGroup is not null && !Names.IsNamespace(options.WorkerGroup))
        {
            throw new ArgumentException($"'{options.WorkerGroup}' is not the name of a worker group. {Names.NamespaceRule}", nameof(options));
        }

        foreach (string? shared in (ReadOnlySpan<string?>)[options.Mutex, options.ConcurrencyKey])
        {
            if (shared is not null && !Names.IsSharedName(shared))
            {
                throw new ArgumentException($"'{shared}' is not the name of a mutex or a concurrency key. {Names.SharedNameRule}", nameof(options));
            }
        }

        if (options.Priority is < Priorities.First or > Priorities.Last)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.Priority, $"The priority must be from {Priorities.First} (first) to {Priorities.Last}.");
        }

        if (Names.FindBadLabel(options.Labels) is { } bad)
        {
            throw new ArgumentException($"Labels['{bad.Key}']: {bad.Reason}", nameof(options));
        }

        options.Retry?.Validate(nameof(options));
        ThrowIfNotPositive(options.AttemptTimeout, nameof(options));
        ThrowIfNotPositive(options.OverallTimeout, nameof(options));
        JsonPayload payload = arguments is null ? JsonPayload.EmptyObject : JsonPayload.From(arguments, _setup.Json);
        if (payload.Length > _setup.MaxPayloadBytes)
        {
            throw new PayloadTooLargeException($"The arguments of child '{function}'", payload.Length, _setup.MaxPayloadBytes, function);
        }

        string key = Identify(function);
        string name = _history.Operations.TryGetValue(key, out OperationRecord? record) && record.Child is { } started
            ? started.Name
            : options.Name is { } given
                ? ChildNames.Again(given, Attempt, _setup.Run)
                : ChildNames.For(Execution, function, key, Attempt, _setup.Run);
        return new ChildOperation<T>(key, function, payload, options, detached, new ExecutionKey(Execution.Namespace, name));
    }

    private JobOperation Job(string name, JobKind kind, JobSpec spec, WorkSpec asked, JobOptions? options)
    {
        ArgumentNullException.ThrowIfNull(asked, nameof(spec));
        JobSpecRules.Check(asked);
        int size = JsonPayload.From(spec).Length;
        return size <= _setup.MaxPayloadBytes
            ? new JobOperation(Identify(name), kind, spec, options?.ThrowOnFailure ?? true)
            : throw new PayloadTooLargeException($"The spec of job '{name}'", size, _setup.MaxPayloadBytes, name);
    }

    private static readonly ChildOptions DefaultChildOptions = new();

    private string Identify(string name)
    {
        Guard();
        if (!Names.IsOperationName(name))
        {
            throw new ArgumentException($"'{name}' is not a name for an operation. {Names.OperationNameRule}", nameof(name));
        }

        int occurrence = _occurrences.GetValueOrDefault(name) + 1;
        _occurrences[name] = occurrence;
        return occurrence == 1 ? name : $"{name}#{occurrence}";
    }

    private Task<T> Ask<T>(Operation<T> operation)
    {
        if (_history.Operations.TryGetValue(operation.Key, out OperationRecord? record) && !AgreesWith(operation, record))
        {
            return operation.Task;
        }

        if (_unclaimed.Remove(operation.Key, out Entry? fact))
        {
            if (Agrees(operation.Key, operation.Kind, _history.KindOf(fact)))
            {
                operation.Complete(fact, _setup.Json);
            }

            return operation.Task;
        }

        if (_cancelUnseen)
        {
            _cancelUnseen = false;
            operation.Cancel(Cancellation.Token);
            return operation.Task;
        }

        _pending.Add(operation.Key, operation);
        _asked.Add(operation);
        return operation.Task;
    }

    private bool AgreesWith(Operation operation, OperationRecord record)
    {
        if (!Agrees(operation.Key, operation.Kind, record.Kind))
        {
            return false;
        }

        if (operation is IChildOperation child && record.Child is { } started &&
            !string.Equals(child.Function, started.Function, StringComparison.Ordinal))
        {
            Disagreement ??= $"The code starts '{operation.Key}' as a child of function '{child.Function}', but the journal has it as one of " +
                $"function '{started.Function}'. Give the new child another name, or bring the old one back.";
            return false;
        }

        return true;
    }

    private void Guard()
    {
        if (!_scheduler.IsCurrent)
        {
            throw new InvalidOperationException(
                "The KontinueContext was used outside of its function: inside a step's body, or after ConfigureAwait(false), Task.Run or " +
                "ContinueWith. Use it in the function's own code only.");
        }
    }
}
