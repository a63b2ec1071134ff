using System.Collections.Concurrent;

namespace Kontinue.Hosting.Conformance;

/// <summary>What the code of a rule did, over all silos.</summary>
public sealed class Ledger
{
    private readonly ConcurrentDictionary<(string Execution, string Step), int> _runs = new();
    private int _inside;
    private int _most;

    /// <summary>The most that were between <see cref="Enter"/> and <see cref="Leave"/> at once.</summary>
    public int MostAtOnce => Volatile.Read(ref _most);

    /// <summary>Notes that a step ran.</summary>
    /// <returns>How often it has by now.</returns>
    public int Note(KontinueContext context, string step)
    {
        ArgumentNullException.ThrowIfNull(context);
        return _runs.AddOrUpdate((context.Execution.Key.Name, step), 1, static (_, times) => times + 1);
    }

    /// <summary>How often a step ran.</summary>
    public int Runs(string execution, string step) => _runs.GetValueOrDefault((execution, step));

    public void Enter()
    {
        int now = Interlocked.Increment(ref _inside);
        int most;
        while ((most = Volatile.Read(ref _most)) < now && Interlocked.CompareExchange(ref _most, now, most) != most)
        {
        }
    }

    public void Leave() => Interlocked.Decrement(ref _inside);
}
