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

    /// <summary>Says what <see cref="CreateAsync"/> would answer, and stores nothing.</summary>
    /// <exception cref="InvalidRequestException">A field is wrong.</exception>
    /// <exception cref="ExecutionAlreadyExistsException">The name is taken.</exception>
    Task<Execution> TryCreateAsync(Execution execution, CancellationToken cancellationToken = default);

    /// <summary>Creates several executions at once. All are checked first: if one is wrong, none is created.</summary>
    /// <param name="executions">1 to <see cref="ListQuery.MaxLimit"/>, all of one namespace.</param>
    /// <param name="cancellationToken">Gives up; some may have been created nevertheless.</param>
    /// <returns>One outcome for each, in order.</returns>
    /// <exception cref="InvalidRequestException">A field is wrong; the path begins with <c>items[3].</c></exception>
    /// <exception cref="UnavailableException">Nothing can be accepted now.</exception>
    Task<IReadOnlyList<CreateOutcome>> CreateManyAsync(IReadOnlyList<Execution> executions, CancellationToken cancellationToken = default);

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

    /// <summary>
    /// Starts another attempt: of a failed or canceled execution, which runs again from the top with finished steps answered from its
    /// journal, or at once of one that waits for its next attempt.
    /// </summary>
    /// <param name="key">The execution.</param>
    /// <param name="childPolicy">
    /// What becomes of children that failed or were canceled. Null: <see cref="ChildPolicy.RetryFailed"/>, whatever the spec says.
    /// </param>
    /// <param name="cancellationToken">Gives up; the retry may have been stored nevertheless.</param>
    /// <exception cref="ExecutionNotFoundException">There is none of that name.</exception>
    /// <exception cref="ExecutionConflictException">Its phase does not allow it, its overall timeout has passed, or it is being deleted.</exception>
    Task RetryAsync(ExecutionKey key, ChildPolicy? childPolicy = null, CancellationToken cancellationToken = default);

    /// <summary>Passes over an execution that waits or has failed: it ends as Skipped, and its parent goes on with the result given.</summary>
    /// <param name="key">The execution.</param>
    /// <param name="result">What the parent gets. Default: null.</param>
    /// <param name="reason">Why, for people.</param>
    /// <param name="cancellationToken">Gives up; it may have been stored nevertheless.</param>
    /// <exception cref="ExecutionNotFoundException">There is none of that name.</exception>
    /// <exception cref="ExecutionConflictException">It is running, or has ended otherwise than by failing.</exception>
    Task SkipAsync(ExecutionKey key, JsonPayload result = default, string? reason = null, CancellationToken cancellationToken = default);

    /// <summary>Creates a new execution with the spec and the labels of another one, whatever became of that.</summary>
    /// <param name="key">The execution to repeat.</param>
    /// <param name="name">The new one's name. Null: made from the old one's.</param>
    /// <param name="cancellationToken">Gives up; it may have been created nevertheless.</param>
    /// <exception cref="ExecutionNotFoundException">There is none of that name.</exception>
    /// <exception cref="ExecutionAlreadyExistsException">The new name is taken.</exception>
    Task<Execution> ResubmitAsync(ExecutionKey key, string? name = null, CancellationToken cancellationToken = default);

    /// <summary>Changes what may be changed of an execution: labels, annotations and <see cref="ExecutionSpec.Ttl"/>.</summary>
    /// <param name="key">The execution.</param>
    /// <param name="change">Gives the execution as it shall be, from the execution as it is. Called again when somebody else was faster.</param>
    /// <param name="cancellationToken">Gives up; it may have been stored nevertheless.</param>
    /// <returns>The execution after the change.</returns>
    /// <exception cref="InvalidRequestException">Something else differs, or a value is wrong.</exception>
    /// <exception cref="ExecutionNotFoundException">There is none of that name.</exception>
    /// <exception cref="ExecutionConflictException">
    /// The result of <paramref name="change"/> has another resource version or uid than the stored execution, or it is being deleted.
    /// </exception>
    Task<Execution> UpdateAsync(ExecutionKey key, Func<Execution, Execution> change, CancellationToken cancellationToken = default);

    /// <summary>
    /// Deletes an execution and what it started. One that runs is canceled first, and is gone when it has ended; until then it carries
    /// a <see cref="ObjectMetadata.DeletionTimestamp"/>.
    /// </summary>
    /// <returns>The execution as it was last. It is gone if <see cref="ObjectMetadata.DeletionTimestamp"/> is null.</returns>
    /// <exception cref="ExecutionNotFoundException">There is none of that name.</exception>
    /// <exception cref="ExecutionConflictException">A precondition does not hold, or a parent still waits for it and force was asked for.</exception>
    Task<Execution> DeleteAsync(ExecutionKey key, DeleteRequest? request = null, CancellationToken cancellationToken = default);

    /// <summary>Tells changes of executions as they happen: at least once each, in order, the latest state of each.</summary>
    /// <param name="query">Which ones, and from where on.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="InvalidRequestException">The version is not one.</exception>
    /// <exception cref="VersionExpiredException">The version is too old.</exception>
    /// <exception cref="TooManyRequestsException">There are too many watches, or this one was read too slowly.</exception>
    IAsyncEnumerable<ExecutionEvent> WatchAsync(WatchQuery query, CancellationToken cancellationToken = default);

    /// <summary>Reads a page of suspensions, in the order of their executions.</summary>
    /// <param name="query">Selects the executions that wait; a page is so many executions, of which each may have several waits.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<SuspensionList> ListSuspensionsAsync(ListQuery query, CancellationToken cancellationToken = default);

    /// <summary>Reads all functions that are known, by name.</summary>
    Task<FunctionList> ListFunctionsAsync(CancellationToken cancellationToken = default);

    /// <summary>Reads all silos that are remembered, by name: those that run, and those whose lease ended less than a day ago.</summary>
    /// <exception cref="UnavailableException">The store cannot be read now.</exception>
    Task<SiloList> ListSilosAsync(CancellationToken cancellationToken = default);

    /// <summary>Reads a page of an execution's journal.</summary>
    /// <param name="key">The execution.</param>
    /// <param name="after">The <see cref="JournalPage.Next"/> of the page before; 0 to begin.</param>
    /// <param name="limit">About so many entries: 1 to 10,000. What one commit recorded is never split.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ExecutionNotFoundException">There is none of that name.</exception>
    Task<JournalPage> ReadJournalAsync(ExecutionKey key, long after = 0, int limit = 1000, CancellationToken cancellationToken = default);

    /// <summary>Reads what is known of an archived tree, and its root in full.</summary>
    /// <param name="key">The root's address.</param>
    /// <param name="uid">Which one of that name. Null: the youngest.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ExecutionNotFoundException">There is none in the archive.</exception>
    Task<ArchivedExecution> GetArchiveAsync(ExecutionKey key, Guid? uid = null, CancellationToken cancellationToken = default);

    /// <summary>Reads a page of archived trees, ordered by namespace, name and uid, without their roots.</summary>
    /// <param name="query">Selects by namespace, name, labels, function and phase of the roots.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidRequestException">It selects by parent, which roots have not, or the continuation is not one.</exception>
    Task<ArchivedExecutionList> ListArchivesAsync(ListQuery query, CancellationToken cancellationToken = default);

    /// <summary>Reads an archived tree: all its executions with their journals. They come as they are read, so a tree may be of any size.</summary>
    /// <param name="key">The root's address.</param>
    /// <param name="uid">Which one of that name. Null: the youngest.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ExecutionNotFoundException">There is none in the archive.</exception>
    /// <exception cref="KontinueException">It is damaged, or written by a newer version.</exception>
    IAsyncEnumerable<ArchivedTreeLine> ReadArchiveAsync(ExecutionKey key, Guid? uid = null, CancellationToken cancellationToken = default);

    /// <summary>Deletes an archived tree for good.</summary>
    /// <param name="key">The root's address.</param>
    /// <param name="uid">Which one of that name. Null: the youngest.</param>
    /// <param name="cancellationToken">Gives up; it may have been deleted nevertheless.</param>
    /// <exception cref="ExecutionNotFoundException">There is none in the archive.</exception>
    Task DeleteArchiveAsync(ExecutionKey key, Guid? uid = null, CancellationToken cancellationToken = default);
}
