using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Kontinue.Load.CommandLine;

/// <summary>Options that say what is wrong with their values and what would be right.</summary>
internal static class Arguments
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public static Option<string> OneOf(string name, string description, string fallback, params string[] values)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => fallback };
        option.HelpName = string.Join('|', values);
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !values.Contains(result.Tokens[0].Value, StringComparer.Ordinal))
            {
                result.AddError($"'{result.Tokens[0].Value}' is no value for {name}: it is one of: {string.Join(", ", values)}.");
            }
        });
        return option;
    }

    public static Option<int> Number(string name, string description, int fallback, int min, int max) =>
        Parsed(name, description, fallback, "number", text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n >= min && n <= max ? n : null, $"is a number from {min:N0} to {max:N0}");

    public static Option<double?> Rate(string name, string description) => Optional<double>(
        name, description, "number", text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double n) && n is >= 0.01 and <= 1_000_000 ? n : null, "is a number from 0.01 to 1,000,000");

    /// <param name="name">The option's name.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="fallback">Its default.</param>
    /// <param name="min">The shortest.</param>
    public static Option<TimeSpan> Time(string name, string description, TimeSpan fallback, TimeSpan min) =>
        Parsed(name, description, fallback, "time", text => ParseTime(text, min), TimeRule(min));

    public static Option<TimeSpan?> OptionalTime(string name, string description, TimeSpan min) =>
        Optional(name, description, "time", text => ParseTime(text, min), TimeRule(min));

    public static Option<int> Size(string name, string description, int fallback, int min, int max) =>
        Parsed(name, description, fallback, "bytes", text => ParseSize(text) is { } size && size >= min && size <= max ? (int)size : null, $"is a number of bytes from {min:N0} to {max:N0}, such as 1000, 1KiB or 64KiB");

    public static Option<double> Share(string name, string description, double fallback) =>
        Parsed(name, description, fallback, "percent", ParseShare, "is a percentage from 0% to 100%, such as 5%");

    public static Option<Uri?> Address(string name, string description)
    {
        var option = new Option<Uri?>(name) { Description = description, HelpName = "url" };
        option.CustomParser = result =>
        {
            string text = TextOf(result);
            if (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https")
            {
                return uri;
            }

            result.AddError($"'{text}' is no value for {name}: it is an address such as http://127.0.0.1:8080.");
            return null;
        };
        return option;
    }

    /// <summary>A file that can be written: found out before the run and not after it.</summary>
    public static Option<string?> NewFile(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "file" };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && result.Tokens[0].Value is var file && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file.Length == 0 ? "." : file))))
            {
                result.AddError($"'{file}' is no value for {name}: there is no folder for it.");
            }
            else if (result.Tokens.Count == 1 && (result.Tokens[0].Value.Length == 0 || Directory.Exists(result.Tokens[0].Value)))
            {
                result.AddError($"'{result.Tokens[0].Value}' is no value for {name}: it is the name of a file.");
            }
        });
        return option;
    }

    private static Option<T> Parsed<T>(string name, string description, T fallback, string helpName, Func<string, T?> parse, string rule)
        where T : struct => new(name)
        {
            Description = description,
            HelpName = helpName,
            DefaultValueFactory = _ => fallback,
            CustomParser = result => Parse(result, name, parse, rule) ?? fallback,
        };

    private static Option<T?> Optional<T>(string name, string description, string helpName, Func<string, T?> parse, string rule)
        where T : struct => new(name) { Description = description, HelpName = helpName, CustomParser = result => Parse(result, name, parse, rule) };

    private static T? Parse<T>(ArgumentResult result, string name, Func<string, T?> parse, string rule)
        where T : struct
    {
        string text = TextOf(result);
        if (parse(text) is { } value)
        {
            return value;
        }

        result.AddError($"'{text}' is no value for {name}: it {rule}.");
        return null;
    }

    private static string TextOf(ArgumentResult result) => result.Tokens.Count == 1 ? result.Tokens[0].Value : "";

    /// <summary>A bare number is seconds.</summary>
    private static TimeSpan? ParseTime(string text, TimeSpan min)
    {
        TimeSpan? time = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds <= Longest.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : Duration.TryParse(text, out TimeSpan duration) ? duration : null;
        return time >= min && time <= Longest ? time : null;
    }

    private static string TimeRule(TimeSpan min) => $"is a number of seconds, or a time such as 500ms, 30s or 10m, from {min.TotalSeconds:0.###} s to 24 h";

    private static long? ParseSize(string text)
    {
        (string digits, long unit) = text.EndsWith("KiB", StringComparison.Ordinal) ? (text[..^3], 1024L)
            : text.EndsWith("MiB", StringComparison.Ordinal) ? (text[..^3], 1024L * 1024)
            : (text, 1L);
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number * unit : null;
    }

    private static double? ParseShare(string text)
    {
        string digits = text.EndsWith('%') ? text[..^1] : text;
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent) && percent <= 100 ? percent / 100 : null;
    }
}
