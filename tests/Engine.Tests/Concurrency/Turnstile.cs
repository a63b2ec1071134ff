using System.Collections.Concurrent;

namespace Kontinue.Engine.Tests.Concurrency;

/// <summary>Counts who is inside of something at once, and keeps the order in which they came.</summary>
internal sealed class Turnstile
{
    private readonly ConcurrentQueue<string> _order = new();
    private readonly ConcurrentDictionary<string, int> _inside = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _most = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Who came, in order.</summary>
    public IReadOnlyList<string> Order => [.. _order];

    /// <summary>Whether it lets all out.</summary>
    public bool IsOpen => _open.Task.IsCompleted;

    /// <summary>How many are inside now.</summary>
    public int Inside(string group = "") => _inside.GetValueOrDefault(group);

    /// <summary>How many were inside at once.</summary>
    public int Most(string group = "") => _most.GetValueOrDefault(group);

    /// <summary>Lets all out who are kept, and all who come.</summary>
    public void Open() => _open.TrySetResult();

    /// <summary>Passes through; those who come before <see cref="Open"/> are kept inside until then.</summary>
    public async Task PassAsync(string who, string group = "")
    {
        _order.Enqueue(who);
        int inside = _inside.AddOrUpdate(group, 1, (_, n) => n + 1);
        _most.AddOrUpdate(group, inside, (_, most) => Math.Max(most, inside));
        await _open.Task;
        await Task.Yield();
        _inside.AddOrUpdate(group, 0, (_, n) => n - 1);
    }
}
