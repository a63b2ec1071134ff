using System.Collections.Concurrent;

namespace Kontinue.Hosting.Conformance;

/// <summary>What the functions of the rules did, over all silos, and the gates at which they wait. It outlives every silo.</summary>
public interface ILedger
{
    /// <summary>Notes that a step runs.</summary>
    /// <returns>How often it has by now.</returns>
    Task<int> NoteAsync(string execution, string step);

    /// <summary>One more is inside.</summary>
    Task EnterAsync();

    /// <summary>One fewer is inside.</summary>
    Task LeaveAsync();

    /// <summary>Whether a gate is open. All are closed at first.</summary>
    Task<bool> IsOpenAsync(string gate);

    /// <summary>Waits until a gate is open.</summary>
    Task WhenOpenAsync(string gate);
}

/// <summary>The ledger of a rule, in the process of the rule.</summary>
public sealed class Ledger : ILedger
{
    private readonly ConcurrentDictionary<(string Execution, string Step), int> _runs = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new(StringComparer.Ordinal);
    private int _inside;
    private int _most;

    /// <summary>The most that were inside at once.</summary>
    public int MostAtOnce => Volatile.Read(ref _most);

    /// <summary>How often a step ran.</summary>
    public int Runs(string execution, string step) => _runs.GetValueOrDefault((execution, step));

    /// <summary>Opens a gate, for good.</summary>
    public void Open(string gate) => Gate(gate).TrySetResult();

    /// <inheritdoc/>
    public Task<int> NoteAsync(string execution, string step) => Task.FromResult(_runs.AddOrUpdate((execution, step), 1, static (_, times) => times + 1));

    /// <inheritdoc/>
    public Task EnterAsync()
    {
        int now = Interlocked.Increment(ref _inside);
        int most;
        while ((most = Volatile.Read(ref _most)) < now && Interlocked.CompareExchange(ref _most, now, most) != most)
        {
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task LeaveAsync()
    {
        Interlocked.Decrement(ref _inside);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> IsOpenAsync(string gate) => Task.FromResult(Gate(gate).Task.IsCompleted);

    /// <inheritdoc/>
    public Task WhenOpenAsync(string gate) => Gate(gate).Task;

    private TaskCompletionSource Gate(string name) =>
        _gates.GetOrAdd(name, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
