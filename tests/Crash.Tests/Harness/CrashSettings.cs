namespace Kontinue.Crash.Tests.Harness;

/// <summary>
/// How hard a crash run is. From the environment: KONTINUE_CRASH_SEED repeats a run's choices, KONTINUE_CRASH_KILLS and
/// KONTINUE_CRASH_EXECUTIONS make it longer.
/// </summary>
internal sealed record CrashSettings(int Seed, int Kills, int Executions)
{
    public static CrashSettings FromEnvironment() => new(
        Number("KONTINUE_CRASH_SEED") ?? Random.Shared.Next(1, 1_000_000),
        Number("KONTINUE_CRASH_KILLS") ?? 10,
        Number("KONTINUE_CRASH_EXECUTIONS") ?? 330);

    private static int? Number(string variable)
    {
        string? text = Environment.GetEnvironmentVariable(variable);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return int.TryParse(text, out int value) && value >= 0
            ? value
            : throw new InvalidOperationException($"{variable} is '{text}', which is not a number.");
    }
}
