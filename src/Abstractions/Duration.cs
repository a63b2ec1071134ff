using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Kontinue;

/// <summary>
/// Durations as people write them: <c>5s</c>, <c>30m</c>, <c>720h</c>, <c>7d</c>, <c>1h30m</c>, <c>250ms</c>. The units are those of Go's
/// <c>time.ParseDuration</c> from milliseconds up, plus <c>d</c> for 24 hours.
/// </summary>
public static class Duration
{
    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond), ("us", TimeSpan.TicksPerMicrosecond),
    ];

    /// <summary>The longest duration that is accepted: 100 years.</summary>
    public static TimeSpan Max { get; } = TimeSpan.FromDays(36525);

    /// <summary>Reads a duration.</summary>
    /// <exception cref="FormatException">It is not one; the message says what would be.</exception>
    public static TimeSpan Parse(string text) => TryParse(text, out TimeSpan value)
        ? value
        : throw new FormatException($"'{text}' is not a duration. Write a number and a unit, such as 250ms, 5s, 30m, 1h30m or 7d.");

    /// <summary>Reads a duration, without an exception.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TimeSpan value)
    {
        value = default;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        if (string.Equals(text, "0", StringComparison.Ordinal))
        {
            return true;
        }

        decimal ticks = 0;
        int at = 0;
        while (at < text.Length)
        {
            int start = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.'))
            {
                at++;
            }

            int unitStart = at;
            while (at < text.Length && char.IsAsciiLetter(text[at]))
            {
                at++;
            }

            string unit = text[unitStart..at];
            long size = Array.Find(Units, u => string.Equals(u.Unit, unit, StringComparison.Ordinal)).Ticks;
            if (size == 0 || unitStart - start > 18 ||
                !decimal.TryParse(text.AsSpan(start, unitStart - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number) ||
                number > Max.Ticks)
            {
                return false;
            }

            ticks += number * size;
            if (ticks > Max.Ticks)
            {
                return false;
            }
        }

        value = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    /// <summary>Writes a duration in the form that <see cref="Parse"/> reads.</summary>
    public static string Format(TimeSpan value)
    {
        if (value == TimeSpan.Zero)
        {
            return "0s";
        }

        var text = new StringBuilder(value < TimeSpan.Zero ? "-" : "");
        long rest = Math.Abs(value.Ticks);
        foreach ((string unit, long size) in Units)
        {
            if (rest >= size)
            {
                text.Append(CultureInfo.InvariantCulture, $"{rest / size}{unit}");
                rest %= size;
            }
        }

        return text.ToString();
    }
}
