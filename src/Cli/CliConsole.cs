using Spectre.Console;

namespace Kontinue.Cli;

/// <summary>What a command reads and writes. Results go to <see cref="Out"/>, everything said to a person while it works to <see cref="Error"/>.</summary>
internal sealed class CliConsole
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public required TextReader In { get; init; }

    /// <summary>Whether results may be colored.</summary>
    public bool ColorsOut { get; init; }

    /// <summary>Whether somebody watches the progress.</summary>
    public bool InteractiveError { get; init; }

    public Func<string, string?> Environment { get; init; } = _ => null;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static CliConsole ForProcess()
    {
        // https://no-color.org: any value but the empty one.
        bool plain = !string.IsNullOrEmpty(System.Environment.GetEnvironmentVariable("NO_COLOR")) ||
            string.Equals(System.Environment.GetEnvironmentVariable("TERM"), "dumb", StringComparison.Ordinal);
        return new CliConsole
        {
            Out = Console.Out,
            Error = Console.Error,
            In = Console.In,
            ColorsOut = !plain && !Console.IsOutputRedirected,
            InteractiveError = !plain && !Console.IsErrorRedirected,
            Environment = System.Environment.GetEnvironmentVariable,
        };
    }

    /// <summary>A console on standard error for spinners.</summary>
    public IAnsiConsole Progress() => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Error) });

    /// <summary>Says that something went wrong: one line.</summary>
    public void Fail(string message) => Error.WriteLine("error: " + message.ReplaceLineEndings(" ").Trim());
}
