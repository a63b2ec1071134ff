using Kontinue.Crash.Host;

namespace Kontinue.Chaos.Silos;

/// <summary>Says of each run of a step body when it began, and gives it a name that goes into the step's result.</summary>
internal sealed class BodyLog(SiloSettings settings)
{
    private readonly StepLog _log = new(settings.BodyLog);
    private readonly string _incarnation = IncarnationOf(settings.Name, Environment.ProcessId);
    private long _bodies;

    /// <summary>One process under one silo name.</summary>
    public static string IncarnationOf(string silo, int process) => $"{silo}:{process}";

    /// <summary>Adds <c>ticks incarnation number uid step attempt</c>.</summary>
    /// <returns>The body's name.</returns>
    public string Begin(Guid uid, string step, int attempt)
    {
        // The time first: a process that is stopped before it writes has begun no later than it says.
        long now = TimeProvider.System.GetUtcNow().Ticks;
        long number = Interlocked.Increment(ref _bodies);
        _log.Append($"{now} {_incarnation} {number} {uid} {step} {attempt}");
        return $"{_incarnation}:{number}";
    }
}
