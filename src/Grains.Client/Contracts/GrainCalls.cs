namespace Kontinue.Grains.Client.Contracts;

/// <summary>What callers and silos have to agree on besides the interfaces.</summary>
public static class GrainCalls
{
    /// <summary>
    /// The version of the grains' interfaces. It grows when a member is added, so that a call of it is not sent to a silo of before. All calls of
    /// one that is newer are kept from those silos then: a client is upgraded after the silos. With 0, the first, calls carry none and may go anywhere.
    /// </summary>
    public const ushort Version = 0;

    /// <summary>How long a call that waits for an end may take: the longest wait that one may ask for, and some more.</summary>
    public const string WaitTimeout = "00:05:30";

    /// <summary>The entry of the request context with the function of an execution that is to be created.</summary>
    public const string FunctionKey = "kontinue.function";

    /// <summary>The entry of the request context with the worker group that is to run it; absent: any.</summary>
    public const string GroupKey = "kontinue.group";

    /// <summary>What follows it in a grain's key is no part of the execution's name, which cannot have it.</summary>
    public const char RelaySign = '?';

    /// <summary>How long a client uses one <see cref="IDoorGrain"/>.</summary>
    public static readonly TimeSpan DoorTime = TimeSpan.FromSeconds(10);

    /// <summary>The grain of an execution.</summary>
    public static IExecutionGrain GetExecution(this IGrainFactory grains, ExecutionKey key)
    {
        ArgumentNullException.ThrowIfNull(grains);
        return grains.GetGrain<IExecutionGrain>(key.ToString());
    }

    /// <summary>Whether an execution can have such a key, as far as grains must know: others could be taken for that of another execution.</summary>
    public static bool IsKey(ExecutionKey key) =>
        !string.IsNullOrEmpty(key.Namespace) && !string.IsNullOrEmpty(key.Name) &&
        !key.Namespace.Contains('/', StringComparison.Ordinal) && !key.Namespace.Contains(RelaySign, StringComparison.Ordinal) && !key.Name.Contains(RelaySign, StringComparison.Ordinal);

    /// <summary>The execution that a grain is of.</summary>
    /// <exception cref="ArgumentException">The text is not <c>namespace/name</c>.</exception>
    public static ExecutionKey ParseKey(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        int sign = text.IndexOf(RelaySign, StringComparison.Ordinal);
        int end = sign < 0 ? text.Length : sign;
        bool isWhole = sign < 0 || Guid.TryParse(text.AsSpan(sign + 1), out _);
        return isWhole && slash > 0 && slash < end - 1
            ? new ExecutionKey(text[..slash], text[(slash + 1)..end])
            : throw new ArgumentException($"'{text}' is not the key of an execution's grain: that is 'namespace/name'.", nameof(text));
    }

    /// <summary>
    /// Says for the calls that follow that they create an execution, so that its grain is placed on a silo that has the function, without a
    /// question to the store.
    /// </summary>
    public static void SetCreation(string function, string? workerGroup)
    {
        RequestContext.Set(FunctionKey, function);
        if (workerGroup is not null)
        {
            RequestContext.Set(GroupKey, workerGroup);
        }
        else
        {
            RequestContext.Remove(GroupKey);
        }
    }

    /// <summary>Takes back what <see cref="SetCreation"/> has said.</summary>
    public static void ClearCreation()
    {
        RequestContext.Remove(FunctionKey);
        RequestContext.Remove(GroupKey);
    }
}
