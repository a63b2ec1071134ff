namespace Kontinue.Crash.Tests.Harness;

/// <summary>One run of a step body.</summary>
internal sealed record StepRun(string Execution, string Step, int Attempt, DateTimeOffset At);

/// <summary>Reads what the hosts' step bodies wrote.</summary>
internal static class StepLogFile
{
    public static IReadOnlyList<StepRun> Read(string path) =>
        File.Exists(path) ? [.. File.ReadLines(path).Select(Parse)] : [];

    private static StepRun Parse(string line) => line.Split(' ') is [var execution, var step, var attempt, var ticks]
        ? new StepRun(execution, step, int.Parse(attempt), new DateTimeOffset(long.Parse(ticks), TimeSpan.Zero))
        : throw new FormatException($"'{line}' is not a line of the step log: two writes were mixed.");
}
