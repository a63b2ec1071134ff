using Kontinue.Client;
using Kontinue.Load.Driving;
using Kontinue.Resources;

namespace Kontinue.Load.Scenarios;

/// <summary>What scenarios do with executions.</summary>
internal static class Executions
{
    /// <summary>An execution with a name of its own.</summary>
    public static Execution Describe(string function, JsonPayload arguments = default) => new()
    {
        Metadata = new ObjectMetadata { Namespace = ExecutionKey.DefaultNamespace, Name = $"{function}-{Guid.CreateVersion7():n}" },
        Spec = new ExecutionSpec { Function = function, Arguments = arguments.IsNone ? JsonPayload.EmptyObject : arguments },
    };

    /// <summary>Creates an execution and waits until it has completed.</summary>
    /// <exception cref="WrongEndException">It has not.</exception>
    public static async Task<Execution> RunAsync(IKontinueClient client, Execution execution, CancellationToken cancellationToken) =>
        Check(await client.CreateAsync(execution, KontinueClientExtensions.MaxWait, cancellationToken));

    /// <summary>Passes an execution on that has completed.</summary>
    /// <exception cref="WrongEndException">It has not.</exception>
    public static Execution Check(Execution execution) => execution.Status?.Phase == ExecutionPhase.Completed
        ? execution
        : throw new WrongEndException($"{execution.Key} is {execution.Status?.Phase}: {execution.Status?.Error?.Message}");

    /// <summary>Passes an execution on that has completed with a result.</summary>
    /// <exception cref="WrongEndException">It has not, or with another one.</exception>
    public static Execution Check<T>(Execution execution, T expected)
        where T : IEquatable<T> =>
        Check(execution).GetResult<T>() is { } result && result.Equals(expected)
            ? execution
            : throw new WrongEndException($"{execution.Key} has the result {execution.Status?.Result}, not {expected}.");
}
