using Microsoft.Extensions.Logging;

namespace Kontinue;

/// <summary>
/// What a durable function sees of Kontinue: steps, children, timers, events, and deterministic time, ids and randomness.
/// </summary>
/// <remarks>
/// <para>
/// A function runs again from the top after every failure, with finished operations answered from the journal in the order in which
/// they finished the first time. Everything that is not deterministic, or that touches the world, therefore belongs into a step.
/// </para>
/// <para>
/// An operation is known by its name and its occurrence: the second operation called <c>pay</c> is <c>pay#2</c>. Operations can be
/// added, removed and moved in new code without disturbing executions in flight.
/// </para>
/// <para>
/// The context belongs to the function's own single-threaded scheduler. Calling it from another thread (inside a step body, after
/// <c>ConfigureAwait(false)</c>, within <c>Task.Run</c> or <c>ContinueWith</c>) throws <see cref="InvalidOperationException"/>.
/// </para>
/// </remarks>
public abstract class KontinueContext
{
    /// <summary>Which execution this is.</summary>
    public abstract ExecutionInfo Execution { get; }

    /// <summary>The number of the current attempt: 1 for the first try, one more for each retry after a failure.</summary>
    public abstract int Attempt { get; }

    /// <summary>
    /// How often another owner picked this execution up (after a crash, a restart, or a suspension that left memory). Not deterministic:
    /// use it for logs, not for decisions.
    /// </summary>
    public abstract int Resumptions { get; }

    /// <summary>Canceled when somebody cancels the execution. Waits on this context end with <see cref="OperationCanceledException"/> then.</summary>
    public abstract CancellationToken CancellationToken { get; }

    /// <summary>A logger that says nothing while the journal is being replayed, so that each line appears once.</summary>
    public abstract ILogger Logger { get; }

    /// <summary>True while the function is being brought back to where it was.</summary>
    public abstract bool IsReplaying { get; }

    /// <summary>The time of the journal entry the function is reacting to: the same on every replay.</summary>
    public abstract DateTimeOffset UtcNow { get; }

    /// <summary>Random numbers, seeded by the execution's uid: the same on every replay.</summary>
    public abstract Random Random { get; }

    /// <summary>An id that is unique to this execution and this call, and the same on every replay.</summary>
    public abstract Guid NewGuid();

    /// <summary>
    /// Runs <paramref name="body"/> on the thread pool and remembers its result: at least once until the result is committed, never
    /// again afterwards.
    /// </summary>
    /// <param name="name">The step's name: 1 to 128 characters.</param>
    /// <param name="body">The work. Its token ends on cancellation, timeout and loss of ownership.</param>
    /// <param name="options">Retry and timeout; default: one attempt, no timeout.</param>
    /// <typeparam name="T">Read back through JSON, also the first time, so that a replay sees the same value.</typeparam>
    /// <exception cref="StepFailedException">The body failed and no attempt is left.</exception>
    public abstract Task<T> Step<T>(string name, Func<CancellationToken, Task<T>> body, StepOptions? options = null);

    /// <inheritdoc cref="Step{T}(string, Func{CancellationToken, Task{T}}, StepOptions?)"/>
    public Task<T> Step<T>(string name, Func<Task<T>> body, StepOptions? options = null) => Step(name, _ => body(), options);

    /// <inheritdoc cref="Step{T}(string, Func{CancellationToken, Task{T}}, StepOptions?)"/>
    public Task<T> Step<T>(string name, Func<T> body, StepOptions? options = null) => Step(name, _ => Task.FromResult(body()), options);

    /// <inheritdoc cref="Step{T}(string, Func{CancellationToken, Task{T}}, StepOptions?)"/>
    public Task Step(string name, Func<CancellationToken, Task> body, StepOptions? options = null) =>
        Step<Nothing?>(name, async ct =>
        {
            await body(ct).ConfigureAwait(false);
            return null;
        }, options);

    /// <inheritdoc cref="Step{T}(string, Func{CancellationToken, Task{T}}, StepOptions?)"/>
    public Task Step(string name, Func<Task> body, StepOptions? options = null) => Step(name, _ => body(), options);

    /// <inheritdoc cref="Step{T}(string, Func{CancellationToken, Task{T}}, StepOptions?)"/>
    public Task Step(string name, Action body, StepOptions? options = null) =>
        Step<Nothing?>(name, _ =>
        {
            body();
            return Task.FromResult<Nothing?>(null);
        }, options);

    /// <summary>Runs another function as a child execution and waits for its result. The child is canceled if this execution ends first.</summary>
    /// <param name="function">The registered function's name.</param>
    /// <param name="arguments">Serialized to JSON; null means no arguments.</param>
    /// <param name="options">Name, retry, timeouts and labels of the child.</param>
    /// <exception cref="ChildFailedException">The child failed.</exception>
    /// <exception cref="ChildCanceledException">The child was canceled.</exception>
    public abstract Task<T> Execute<T>(string function, object? arguments = null, ChildOptions? options = null);

    /// <inheritdoc cref="Execute{T}"/>
    public Task Execute(string function, object? arguments = null, ChildOptions? options = null) =>
        Execute<Nothing?>(function, arguments, options);

    /// <summary>
    /// Starts a child execution to be awaited later or never. Unlike with <see cref="Execute{T}"/>, the child goes on when this
    /// execution ends.
    /// </summary>
    public abstract ChildExecution<T> Spawn<T>(string function, object? arguments = null, ChildOptions? options = null);

    /// <inheritdoc cref="Spawn{T}"/>
    public ChildExecution Spawn(string function, object? arguments = null, ChildOptions? options = null) =>
        Spawn<Nothing?>(function, arguments, options);

    /// <summary>
    /// Runs a job outside of the process, in the execution's namespace, and waits for its end without memory. It is run once, whatever becomes
    /// of this process; it is stopped when this execution is canceled or ends first.
    /// </summary>
    /// <param name="name">The operation's name.</param>
    /// <param name="spec">What to run.</param>
    /// <param name="options">Whether a failure throws; default: it does.</param>
    /// <exception cref="JobFailedException">It did not succeed, or could not be run.</exception>
    /// <exception cref="InvalidRequestException">The spec has a value that cannot be; the exception names the field.</exception>
    public abstract Task<JobResult> RunJob(string name, JobSpec spec, JobOptions? options = null);

    /// <summary>Runs a pod, as <see cref="RunJob"/> runs a job.</summary>
    /// <inheritdoc cref="RunJob"/>
    public abstract Task<JobResult> RunPod(string name, PodSpec spec, JobOptions? options = null);

    /// <summary>Waits for <paramref name="duration"/>, across restarts. Can be ended early with a resume that names it.</summary>
    /// <param name="duration">Zero or more; at most 100 years.</param>
    /// <param name="name">What the suspension is called; default <c>sleep</c>.</param>
    public abstract Task Sleep(TimeSpan duration, string? name = null);

    /// <summary>Waits until somebody resumes the execution, and returns the payload that came with the resume.</summary>
    /// <param name="name">What the suspension is called: the resume names it.</param>
    /// <param name="timeout">How long to wait; default: forever.</param>
    /// <param name="description">Shown to the person who is to decide.</param>
    /// <exception cref="DurableTimeoutException">Nobody resumed it in time.</exception>
    public abstract Task<T> Suspend<T>(string name, TimeSpan? timeout = null, string? description = null);

    /// <inheritdoc cref="Suspend{T}"/>
    public Task Suspend(string name, TimeSpan? timeout = null, string? description = null) =>
        Suspend<Nothing?>(name, timeout, description);

    /// <summary>
    /// Takes the next event of that name, waiting if none is there. Events that arrive early are kept, in the order of their arrival.
    /// </summary>
    /// <param name="name">The event's name.</param>
    /// <param name="timeout">How long to wait; default: forever.</param>
    /// <exception cref="DurableTimeoutException">No event came in time.</exception>
    public abstract Task<T> Event<T>(string name, TimeSpan? timeout = null);

    /// <summary>Asks <paramref name="condition"/> again and again until it answers true.</summary>
    /// <param name="name">The operation's name.</param>
    /// <param name="condition">Runs on the thread pool, like a step, but only its final answer is remembered.</param>
    /// <param name="interval">The wait between two questions: more than zero.</param>
    /// <param name="timeout">How long to go on; default: forever.</param>
    /// <exception cref="DurableTimeoutException">The condition did not become true in time.</exception>
    /// <exception cref="StepFailedException">The condition threw.</exception>
    public abstract Task Poll(string name, Func<CancellationToken, Task<bool>> condition, TimeSpan interval, TimeSpan? timeout = null);

    /// <summary>
    /// Ends this run and starts the function anew with other arguments and an empty journal, under the same name and uid. Events that
    /// were not yet taken are kept. For functions that would otherwise collect journal entries forever.
    /// </summary>
    /// <returns>An exception to throw: <c>throw ktx.ContinueAsNew(args);</c>.</returns>
    public abstract Exception ContinueAsNew(object? arguments = null);
}
