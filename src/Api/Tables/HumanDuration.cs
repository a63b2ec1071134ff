using System.Globalization;

namespace Kontinue.Api.Tables;

/// <summary>
/// Durations as kubectl shows ages: two units while they are small, one when nobody would care for the second. The limits are those of
/// Kubernetes' <c>duration.HumanDuration</c>.
/// </summary>
internal static class HumanDuration
{
    /// <summary>What is shown when there is no time to count from.</summary>
    public const string Unknown = "<unknown>";

    /// <summary>What is shown of a time in the future, beyond what two clocks may differ by.</summary>
    public const string Invalid = "<invalid>";

    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    /// <summary>The time since an instant.</summary>
    public static string Age(DateTimeOffset? since, DateTimeOffset now) => since is { } start ? Format(now - start) : Unknown;

    /// <summary>Writes a duration, with an error of a few percent at most.</summary>
    public static string Format(TimeSpan value) => value switch
    {
        { Ticks: <= -2 * TimeSpan.TicksPerSecond } => Invalid,
        { Ticks: < 0 } => "0s",
        { TotalSeconds: < 120 } => One((long)value.TotalSeconds, 's'),
        { TotalMinutes: < 10 } => Two((long)value.TotalMinutes, 'm', value.Seconds, 's'),
        { TotalHours: < 3 } => One((long)value.TotalMinutes, 'm'),
        { TotalHours: < 8 } => Two((long)value.TotalHours, 'h', value.Minutes, 'm'),
        { TotalHours: < 48 } => One((long)value.TotalHours, 'h'),
        { TotalDays: < 8 } => Two((long)value.TotalDays, 'd', value.Hours, 'h'),
        { Days: < 2 * 365 } => One(value.Days, 'd'),
        { Days: < 8 * 365 } => Two(value.Days / Year.Days, 'y', value.Days % Year.Days, 'd'),
        _ => One(value.Days / Year.Days, 'y'),
    };

    private static string One(long number, char unit) => string.Create(CultureInfo.InvariantCulture, $"{number}{unit}");

    private static string Two(long first, char unit, long second, char smaller) =>
        second == 0 ? One(first, unit) : string.Create(CultureInfo.InvariantCulture, $"{first}{unit}{second}{smaller}");
}
