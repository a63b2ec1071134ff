using System.Text.Json;
using System.Text.Json.Serialization;
using Kontinue.Chaos.Rules;

namespace Kontinue.Chaos;

/// <summary>What a run was and what it found.</summary>
internal sealed record ChaosReport
{
    private const int Shown = 30;

    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, Converters = { new JsonStringEnumConverter() },
    };

    public required int Seed { get; init; }

    public required double Minutes { get; init; }

    public required int Silos { get; init; }

    public required double LeaseSeconds { get; init; }

    public required IReadOnlyDictionary<string, int> Faults { get; init; }

    public required IReadOnlyList<string> FaultLog { get; init; }

    /// <summary>Roots that were acknowledged.</summary>
    public required int Acknowledged { get; init; }

    public required int Children { get; init; }

    public required IReadOnlyDictionary<string, int> Phases { get; init; }

    public required int JournalEntries { get; init; }

    public required int Bodies { get; init; }

    /// <summary>Bodies that ran again because their commit was cut off.</summary>
    public required int RepeatedBodies { get; init; }

    /// <summary>Bodies that a process began after a pause although its execution was another's by then.</summary>
    public required IReadOnlyList<string> Zombies { get; init; }

    /// <summary>Events that were seen after one that was sent later: allowed between different silos.</summary>
    public required int OvertakenEvents { get; init; }

    public required int PermitsTaken { get; init; }

    /// <summary>Silos that ended themselves and were started again.</summary>
    public required int OwnEnds { get; init; }

    public required int Claims { get; init; }

    public required long Requests { get; init; }

    public required long RepeatedRequests { get; init; }

    /// <summary>From the end of the faults until everything had ended.</summary>
    public required double SettleSeconds { get; init; }

    public required IReadOnlyList<Violation> Violations { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Form);

    public void Write(Action<string> write)
    {
        write($"seed {Seed}, {Minutes:F1} min, {Silos} silos, lease {LeaseSeconds:F1} s");
        write($"faults: {(Faults.Count == 0 ? "none" : Join(Faults))}");
        write($"executions: {Acknowledged} acknowledged, {Children} children; {Join(Phases)}; all ended {SettleSeconds:F1} s after the last fault");
        write($"{JournalEntries} journal entries, {Claims} claims, {PermitsTaken} permits, {Requests} requests, {RepeatedRequests} of them made again");
        write($"{Bodies} step bodies, {RepeatedBodies} of them repeated because their commit was cut off, {Zombies.Count} begun by a process that had stood still");
        write($"{OwnEnds} silos ended themselves, and were started again");
        write($"{OvertakenEvents} events overtaken by one that came through another silo");
        foreach (string zombie in Zombies.Take(Shown))
        {
            write($"  after a pause: {zombie}");
        }

        write(Violations.Count == 0 ? "no violations" : $"{Violations.Count} VIOLATIONS: {Join(Violations.CountBy(v => v.Rule).ToDictionary())}");
        foreach (Violation violation in Violations.Take(Shown))
        {
            write($"  {violation.Rule}: {violation.Detail}");
        }
    }

    private static string Join(IReadOnlyDictionary<string, int> counts) => string.Join(", ", counts.Select(count => $"{count.Key} {count.Value}"));
}
