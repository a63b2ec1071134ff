namespace Kontinue;

/// <summary>A child execution that was started with <see cref="KontinueContext.Spawn(string, object?, ChildOptions?)"/>.</summary>
public class ChildExecution(ExecutionKey key, Task completion)
{
    /// <summary>The child's address.</summary>
    public ExecutionKey Key { get; } = key;

    /// <summary>Ends when the child ends; throws <see cref="ChildFailedException"/> or <see cref="ChildCanceledException"/>.</summary>
    public Task Completion { get; } = completion;
}

/// <summary>A child execution with a result.</summary>
public sealed class ChildExecution<T>(ExecutionKey key, Task<T> result) : ChildExecution(key, result)
{
    /// <summary>The child's result; throws <see cref="ChildFailedException"/> or <see cref="ChildCanceledException"/>.</summary>
    public Task<T> Result { get; } = result;
}
