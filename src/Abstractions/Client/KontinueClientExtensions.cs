using Kontinue.Resources;

namespace Kontinue.Client;

/// <summary>Shorter ways to the common calls.</summary>
public static class KontinueClientExtensions
{
    /// <summary>The longest wait that one call may ask for.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(5);

    /// <summary>Starts a function without waiting for it.</summary>
    /// <param name="client">The client.</param>
    /// <param name="function">The function's name.</param>
    /// <param name="arguments">Serialized to JSON.</param>
    /// <param name="name">The execution's name; default: the function's name and five random characters.</param>
    /// <param name="cancellationToken">Gives up; the execution may have been stored nevertheless.</param>
    public static Task<Execution> StartAsync(
        this IKontinueClient client, string function, object? arguments = null, ExecutionKey? name = null,
        CancellationToken cancellationToken = default) =>
        client.CreateAsync(Describe(function, arguments, name), cancellationToken: cancellationToken);

    /// <summary>Starts a function and waits for its result, however long it takes.</summary>
    /// <exception cref="ExecutionFailedException">It failed.</exception>
    /// <exception cref="ExecutionCanceledException">It was canceled.</exception>
    public static async Task<T?> ExecuteAsync<T>(
        this IKontinueClient client, string function, object? arguments = null, ExecutionKey? name = null,
        CancellationToken cancellationToken = default)
    {
        Execution execution = await client.CreateAsync(Describe(function, arguments, name), MaxWait, cancellationToken).ConfigureAwait(false);
        while (execution.Status is not { } status || !status.Phase.IsTerminal())
        {
            execution = await client.WaitAsync(execution.Key, MaxWait, cancellationToken).ConfigureAwait(false);
        }

        return execution.GetResult<T>();
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
