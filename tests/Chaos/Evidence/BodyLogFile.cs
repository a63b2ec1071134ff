namespace Kontinue.Chaos.Evidence;

/// <summary>Reads what the silos' step bodies wrote.</summary>
internal static class BodyLogFile
{
    public static IReadOnlyList<BodyRun> Read(string path) => File.Exists(path) ? [.. File.ReadLines(path).Select(Parse)] : [];

    public static BodyRun Parse(string line) => line.Split(' ') is [var ticks, var incarnation, var number, var uid, var step, var attempt]
        ? new BodyRun(new DateTimeOffset(long.Parse(ticks), TimeSpan.Zero), incarnation, long.Parse(number), Guid.Parse(uid), step, int.Parse(attempt))
        : throw new FormatException($"'{line}' is not a line of the body log: two writes were mixed.");
}
