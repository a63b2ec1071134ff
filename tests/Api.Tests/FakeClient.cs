using System.Runtime.CompilerServices;
using Kontinue.Client;
using Kontinue.Engine;
using Kontinue.Resources;

namespace Kontinue.Testing;

/// <summary>A client of which each test says what it answers. It keeps what it was asked.</summary>
internal sealed class FakeClient : IKontinueClient, IHostHealth
{
    public Func<Execution, TimeSpan, CancellationToken, Task<Execution>> OnCreate { get; set; } = (e, _, _) => Task.FromResult(Stored(e, ExecutionPhase.Pending));

    public Func<ExecutionKey, Task<Execution>> OnGet { get; set; } = key => throw new ExecutionNotFoundException(key);

    public Func<ExecutionKey, TimeSpan, CancellationToken, Task<Execution>>? OnWait { get; set; }

    public Func<ListQuery, Task<ExecutionList>> OnList { get; set; } = _ => Task.FromResult(new ExecutionList { Items = [] });

    public Func<ExecutionKey, string?, JsonPayload, Task> OnResume { get; set; } = (_, _, _) => Task.CompletedTask;

    public Func<ExecutionKey, string?, Task> OnCancel { get; set; } = (_, _) => Task.CompletedTask;

    public Func<ExecutionKey, string, JsonPayload, Task> OnEvent { get; set; } = (_, _, _) => Task.CompletedTask;

    public Func<ExecutionKey, Task<JournalPage>> OnJournal { get; set; } = _ => Task.FromResult(new JournalPage { Items = [] });

    public Func<Execution, Task<Execution>> OnTryCreate { get; set; } = e => Task.FromResult(Stored(e, ExecutionPhase.Pending));

    public Func<IReadOnlyList<Execution>, Task<IReadOnlyList<CreateOutcome>>> OnCreateMany { get; set; } =
        all => Task.FromResult<IReadOnlyList<CreateOutcome>>([.. all.Select(e => new CreateOutcome(Stored(e, ExecutionPhase.Pending), Error: null))]);

    public Func<ExecutionKey, ChildPolicy?, Task> OnRetry { get; set; } = (_, _) => Task.CompletedTask;

    public Func<ExecutionKey, JsonPayload, string?, Task> OnSkip { get; set; } = (_, _, _) => Task.CompletedTask;

    public Func<ExecutionKey, string?, Task<Execution>> OnResubmit { get; set; } = (key, _) => throw new ExecutionNotFoundException(key);

    public Func<ExecutionKey, Func<Execution, Execution>, Task<Execution>> OnUpdate { get; set; } = (key, _) => throw new ExecutionNotFoundException(key);

    public Func<ExecutionKey, DeleteRequest, Task<Execution>> OnDelete { get; set; } = (key, _) => throw new ExecutionNotFoundException(key);

    public Func<WatchQuery, CancellationToken, IAsyncEnumerable<ExecutionEvent>> OnWatch { get; set; } = (_, _) => AsyncEnumerable.Empty<ExecutionEvent>();

    public Func<ListQuery, Task<SuspensionList>> OnListSuspensions { get; set; } = _ => Task.FromResult(new SuspensionList { Items = [] });

    public Func<Task<FunctionList>> OnListFunctions { get; set; } = () => Task.FromResult(new FunctionList { Items = [] });

    public Func<ExecutionKey, Guid?, Task<ArchivedExecution>> OnGetArchive { get; set; } =
        (key, _) => Task.FromException<ArchivedExecution>(new ExecutionNotFoundException(key));

    public Func<ListQuery, Task<ArchivedExecutionList>> OnListArchives { get; set; } = _ => Task.FromResult(new ArchivedExecutionList { Items = [] });

    public Func<ExecutionKey, Guid?, IAsyncEnumerable<ArchivedTreeLine>> OnReadArchive { get; set; } = (key, _) => throw new ExecutionNotFoundException(key);

    public Func<ExecutionKey, Guid?, Task> OnDeleteArchive { get; set; } =
        (key, _) => Task.FromException(new ExecutionNotFoundException(key));

    public Func<Task<SiloList>> OnListSilos { get; set; } = () => Task.FromResult(new SiloList { Items = [] });

    /// <summary>The part of a journal that was asked for last.</summary>
    public (long After, int Limit) JournalAsked { get; private set; }

    public bool IsReady { get; set; } = true;

    public bool IsAlive { get; set; } = true;

    public string Message { get; set; } = "ok";

    public static Execution Stored(Execution execution, ExecutionPhase phase, JsonPayload result = default, ExecutionError? error = null) => execution with
    {
        Metadata = execution.Metadata with
        {
            Name = execution.Metadata.Name ?? execution.Metadata.GenerateName + "abcde",
            Uid = Guid.Parse("0198c0de-0000-7000-8000-000000000001"),
            ResourceVersion = "1",
        },
        Status = new ExecutionStatus { Phase = phase, Result = result, Error = error, Attempts = 1 },
    };

    public static Execution Make(ExecutionKey key, ExecutionPhase phase, JsonPayload result = default, ExecutionError? error = null) =>
        Stored(
            new Execution { Metadata = new ObjectMetadata { Namespace = key.Namespace, Name = key.Name }, Spec = new ExecutionSpec { Function = "hello" } },
            phase, result, error);

    public Task<Execution> CreateAsync(Execution execution, TimeSpan wait = default, CancellationToken cancellationToken = default) => OnCreate(execution, wait, cancellationToken);

    public Task<Execution> GetAsync(ExecutionKey key, CancellationToken cancellationToken = default) => OnGet(key);

    public Task<ExecutionList> ListAsync(ListQuery query, CancellationToken cancellationToken = default) => OnList(query);

    public Task<Execution> WaitAsync(ExecutionKey key, TimeSpan wait, CancellationToken cancellationToken = default) =>
        OnWait is null ? OnGet(key) : OnWait(key, wait, cancellationToken);

    public Task ResumeAsync(ExecutionKey key, string? suspension = null, JsonPayload payload = default, CancellationToken cancellationToken = default) => OnResume(key, suspension, payload);

    public Task CancelAsync(ExecutionKey key, string? reason = null, CancellationToken cancellationToken = default) => OnCancel(key, reason);

    public Task SendEventAsync(ExecutionKey key, string name, JsonPayload payload = default, CancellationToken cancellationToken = default) => OnEvent(key, name, payload);

    public Task<JournalPage> ReadJournalAsync(
        ExecutionKey key, long after = 0, int limit = 1000, CancellationToken cancellationToken = default)
    {
        JournalAsked = (after, limit);
        return OnJournal(key);
    }

    public Task<Execution> TryCreateAsync(Execution execution, CancellationToken cancellationToken = default) => OnTryCreate(execution);

    public Task<IReadOnlyList<CreateOutcome>> CreateManyAsync(
        IReadOnlyList<Execution> executions, CancellationToken cancellationToken = default) => OnCreateMany(executions);

    public Task RetryAsync(ExecutionKey key, ChildPolicy? childPolicy = null, CancellationToken cancellationToken = default) => OnRetry(key, childPolicy);

    public Task SkipAsync(
        ExecutionKey key, JsonPayload result = default, string? reason = null, CancellationToken cancellationToken = default) => OnSkip(key, result, reason);

    public Task<Execution> ResubmitAsync(ExecutionKey key, string? name = null, CancellationToken cancellationToken = default) => OnResubmit(key, name);

    public Task<Execution> UpdateAsync(
        ExecutionKey key, Func<Execution, Execution> change, CancellationToken cancellationToken = default) => OnUpdate(key, change);

    public Task<Execution> DeleteAsync(
        ExecutionKey key, DeleteRequest? request = null, CancellationToken cancellationToken = default) => OnDelete(key, request ?? new DeleteRequest());

    public IAsyncEnumerable<ExecutionEvent> WatchAsync(WatchQuery query, CancellationToken cancellationToken = default) => OnWatch(query, cancellationToken);

    public Task<SuspensionList> ListSuspensionsAsync(ListQuery query, CancellationToken cancellationToken = default) => OnListSuspensions(query);

    public Task<FunctionList> ListFunctionsAsync(CancellationToken cancellationToken = default) => OnListFunctions();

    public Task<ArchivedExecution> GetArchiveAsync(ExecutionKey key, Guid? uid = null, CancellationToken cancellationToken = default) => OnGetArchive(key, uid);

    public Task<ArchivedExecutionList> ListArchivesAsync(ListQuery query, CancellationToken cancellationToken = default) => OnListArchives(query);

    public async IAsyncEnumerable<ArchivedTreeLine> ReadArchiveAsync(
        ExecutionKey key, Guid? uid = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (ArchivedTreeLine line in OnReadArchive(key, uid).WithCancellation(cancellationToken))
        {
            yield return line;
        }
    }

    public Task DeleteArchiveAsync(ExecutionKey key, Guid? uid = null, CancellationToken cancellationToken = default) => OnDeleteArchive(key, uid);

    public Task<SiloList> ListSilosAsync(CancellationToken cancellationToken = default) => OnListSilos();
}
