using System.CommandLine;

namespace Kontinue.Cli.Commands;

/// <summary>Options that take a duration such as <c>30s</c>.</summary>
internal static class DurationArgument
{
    public static Option<TimeSpan?> Option(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (Duration.TryParse(text, out TimeSpan value) && value > TimeSpan.Zero)
            {
                return value;
            }

            result.AddError($"{name}: '{text}' is not a duration. Write a number and a unit, such as 30s, 5m or 1h30m.");
            return null;
        },
    };
}
