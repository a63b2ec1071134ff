using System.Runtime.CompilerServices;
using Kontinue.Resources;

namespace Kontinue.Client;

/// <summary>Shorter ways to the common calls.</summary>
public static class KontinueClientExtensions
{
    /// <summary>The longest wait that one call may ask for.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(5);

    /// <summary>What can be asked of one execution.</summary>
    /// <param name="client">The client.</param>
    /// <param name="key">The execution; that there is one is not looked at.</param>
    public static ExecutionHandle Handle(this IKontinueClient client, ExecutionKey key)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new ExecutionHandle(client, key);
    }

    /// <summary>What can be asked of one execution of the namespace <see cref="ExecutionKey.DefaultNamespace"/>.</summary>
    /// <param name="client">The client.</param>
    /// <param name="name">The execution's name; that there is one is not looked at.</param>
    public static ExecutionHandle Handle(this IKontinueClient client, string name) =>
        client.Handle(new ExecutionKey(ExecutionKey.DefaultNamespace, name));

    /// <summary>Starts a function without waiting for it.</summary>
    /// <param name="client">The client.</param>
    /// <param name="function">The function's name.</param>
    /// <param name="arguments">Serialized to JSON.</param>
    /// <param name="name">The execution's name. Default: the function's name, a dash and eight random characters.</param>
    /// <param name="cancellationToken">Gives up; the execution may have been stored nevertheless.</param>
    public static Task<Execution> StartAsync(
        this IKontinueClient client, string function, object? arguments = null, ExecutionKey? name = null,
        CancellationToken cancellationToken = default) =>
        client.CreateAsync(Describe(function, arguments, name), cancellationToken: cancellationToken);

    /// <summary>Starts a function and waits for its result, however long it takes.</summary>
    /// <param name="client">The client.</param>
    /// <param name="function">The function's name.</param>
    /// <param name="arguments">Serialized to JSON.</param>
    /// <param name="name">The execution's name. Default: the function's name, a dash and eight random characters.</param>
    /// <param name="cancellationToken">Ends the wait, not the execution.</param>
    /// <exception cref="ExecutionFailedException">It failed.</exception>
    /// <exception cref="ExecutionCanceledException">It was canceled or skipped.</exception>
    public static async Task<T?> ExecuteAsync<T>(
        this IKontinueClient client, string function, object? arguments = null, ExecutionKey? name = null,
        CancellationToken cancellationToken = default)
    {
        Execution execution = await client.CreateAsync(Describe(function, arguments, name), MaxWait, cancellationToken).ConfigureAwait(false);
        return execution.HasEnded()
            ? execution.GetResult<T>()
            : await client.Handle(execution.Key).ResultAsync<T>(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads executions page by page, ordered by namespace and name, while they are enumerated.</summary>
    /// <param name="client">The client.</param>
    /// <param name="query">
    /// Which ones; <see cref="ListQuery.Limit"/> is the size of a page, and <see cref="ListQuery.Continue"/> where to begin. Default: all.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidRequestException">The limit or the continuation is wrong.</exception>
    /// <exception cref="VersionExpiredException">The pages were read too slowly: begin anew.</exception>
    public static async IAsyncEnumerable<Execution> ListAllAsync(
        this IKontinueClient client, ListQuery? query = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        query ??= new ListQuery();
        do
        {
            ExecutionList page = await client.ListAsync(query, cancellationToken).ConfigureAwait(false);
            foreach (Execution execution in page.Items)
            {
                yield return execution;
            }

            query = query with { Continue = page.Metadata.Continue };
        }
        while (!string.IsNullOrEmpty(query.Continue));
    }

    /// <summary>Reads an execution's journal page by page, while it is enumerated, up to what there is at the end.</summary>
    /// <param name="client">The client.</param>
    /// <param name="key">The execution.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ExecutionNotFoundException">There is none of that name.</exception>
    public static async IAsyncEnumerable<JournalEntry> ReadWholeJournalAsync(
        this IKontinueClient client, ExecutionKey key, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        long? next = 0;
        while (next is { } after)
        {
            JournalPage page = await client.ReadJournalAsync(key, after, cancellationToken: cancellationToken).ConfigureAwait(false);
            foreach (JournalEntry entry in page.Items)
            {
                yield return entry;
            }

            next = page.Next;
        }
    }

    /// <summary>The result of an execution that has ended.</summary>
    /// <exception cref="ExecutionFailedException">It failed.</exception>
    /// <exception cref="ExecutionCanceledException">It was canceled or skipped.</exception>
    /// <exception cref="ExecutionConflictException">It has not ended.</exception>
    public static T? GetResult<T>(this Execution execution)
    {
        ArgumentNullException.ThrowIfNull(execution);
        ExecutionStatus? status = execution.Status;
        return status?.Phase switch
        {
            ExecutionPhase.Completed => status.Result.To<T>(),
            ExecutionPhase.Failed => throw new ExecutionFailedException(
                execution.Key, status.Error ?? new ExecutionError(ErrorKind.Internal, "No error was recorded.", Retryable: false)),
            ExecutionPhase.Canceled or ExecutionPhase.Skipped => throw new ExecutionCanceledException(execution.Key),
            _ => throw new ExecutionConflictException(execution.Key, $"Execution {execution.Key} has not ended."),
        };
    }

    internal static bool HasEnded(this Execution execution) => execution.Status?.Phase.IsTerminal() is true;

    private static Execution Describe(string function, object? arguments, ExecutionKey? name) => new()
    {
        Metadata = name is { } key
            ? new ObjectMetadata { Namespace = key.Namespace, Name = key.Name }
            : new ObjectMetadata { Namespace = ExecutionKey.DefaultNamespace, GenerateName = function + "-" },
        Spec = new ExecutionSpec
        {
            Function = function,
            Arguments = arguments is null ? JsonPayload.EmptyObject : JsonPayload.From(arguments),
        },
    };
}
