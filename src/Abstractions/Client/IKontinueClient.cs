using Kontinue.Resources;

namespace Kontinue.Client;

/// <summary>
/// Starts executions, asks about them and talks to them. The same interface is offered in the process of a host and over the network;
/// it makes no difference to the caller.
/// </summary>
/// <remarks>Everything that returns has been committed. Everything that throws has changed nothing, except where said.</remarks>
public interface IKontinueClient
{
    /// <summary>Creates an execution.</summary>
    /// <param name="execution">Metadata and spec; a status is not accepted.</param>
    /// <param name="wait">
    /// How long to wait for its end before answering with what there is; default: answer as soon as it is stored. At most 5 minutes.
    /// </param>
    /// <param name="cancellationToken">Ends the wait, not the execution.</param>
    /// <returns>The execution with what the server added; its <c>status.phase</c> says whether it ended.</returns>
    /// <exception cref="InvalidRequestException">A field is wrong.</exception>
    /// <exception cref="ExecutionAlreadyExistsException">The name is taken.</exception>
    /// <exception cref="UnavailableException">Nothing can be accepted now.</exception>
    Task<Execution> CreateAsync(Execution execution, TimeSpan wait = default, CancellationToken cancellationToken = default);

    /// <summary>Reads an execution with its state and children.</summary>
    /// <exception cref="ExecutionNotFoundException">There is none of that name.</exception>
    Task<Execution> GetAsync(ExecutionKey key, CancellationToken cancellationToken = default);

    /// <summary>Reads a page of executions, ordered by namespace and name.</summary>
    /// <exception cref="InvalidRequestException">The limit or the continuation is wrong.</exception>
    Task<ExecutionList> ListAsync(ListQuery query, CancellationToken cancellationToken = default);

    /// <summary>Waits for the end of an execution.</summary>
    /// <param name="key">The execution.</param>
    /// <param name="wait">How long to wait: at most 5 minutes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The execution as it is when it ended, or when the wait was over.</returns>
    /// <exception cref="ExecutionNotFoundException">There is none of that name.</exception>
    Task<Execution> WaitAsync(ExecutionKey key, TimeSpan wait, CancellationToken cancellationToken = default);

    /// <summary>Ends a suspension (a sleep or a wait for a person).</summary>
    /// <param name="key">The execution.</param>
    /// <param name="suspension">
    /// Its name, such as <c>approval</c> or <c>sleep#2</c>. Null: the only one there is.
    /// </param>
    /// <param name="payload">What <see cref="KontinueContext.Suspend{T}"/> returns.</param>
    /// <param name="cancellationToken">Gives up; the resume may have been stored nevertheless.</param>
    /// <exception cref="ExecutionNotFoundException">There is none of that name.</exception>
    /// <exception cref="ExecutionConflictException">It has ended, or waits for nothing of that name.</exception>
    Task ResumeAsync(ExecutionKey key, string? suspension = null, JsonPayload payload = default, CancellationToken cancellationToken = default);

    /// <summary>Asks an execution to end; it may clean up first. Canceling what is being canceled changes nothing.</summary>
    /// <exception cref="ExecutionNotFoundException">There is none of that name.</exception>
    /// <exception cref="ExecutionConflictException">It has ended.</exception>
    Task CancelAsync(ExecutionKey key, string? reason = null, CancellationToken cancellationToken = default);

    /// <summary>Sends an event. It is kept until the function takes it.</summary>
    /// <exception cref="ExecutionNotFoundException">There is none of that name.</exception>
    /// <exception cref="ExecutionConflictException">It has ended.</exception>
    Task SendEventAsync(ExecutionKey key, string name, JsonPayload payload = default, CancellationToken cancellationToken = default);

    /// <summary>Reads an execution's journal.</summary>
    /// <exception cref="ExecutionNotFoundException">There is none of that name.</exception>
    Task<JournalPage> ReadJournalAsync(ExecutionKey key, CancellationToken cancellationToken = default);
}

/// <summary>Which executions to list.</summary>
public sealed record ListQuery
{
    /// <summary>The largest page.</summary>
    public const int MaxLimit = 500;

    /// <summary>Null: all namespaces.</summary>
    public string? Namespace { get; init; }

    /// <summary>Page size: 1 to <see cref="MaxLimit"/>. Default <see cref="MaxLimit"/>.</summary>
    public int Limit { get; init; } = MaxLimit;

    /// <summary>The <c>continue</c> of the page before.</summary>
    public string? Continue { get; init; }

    /// <summary>Only executions in this phase.</summary>
    public ExecutionPhase? Phase { get; init; }

    /// <summary>Only executions of this function.</summary>
    public string? Function { get; init; }

    /// <summary>Only executions that carry all these labels.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
}
