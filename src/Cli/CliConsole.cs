using Kontinue.Cli.Connecting;
using Kontinue.Client;
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

    /// <summary>Whether somebody can be asked.</summary>
    public bool InteractiveIn { get; init; }

    /// <summary>Asks on standard error, so that results can be piped.</summary>
    public Func<IAnsiConsole>? Prompts { get; init; }

    /// <summary>Makes the client of a connection. Default: over HTTP.</summary>
    public Func<ServerConnection, IKontinueClient>? Connect { get; init; }

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
            InteractiveIn = !Console.IsInputRedirected && !Console.IsErrorRedirected,
            Environment = System.Environment.GetEnvironmentVariable,
        };
    }

    /// <summary>A console on standard error for spinners.</summary>
    public IAnsiConsole Progress() => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Error) });

    /// <summary>A console to ask somebody with.</summary>
    /// <exception cref="Commands.UsageException">There is nobody to ask.</exception>
    public IAnsiConsole Prompt(string otherwise) => InteractiveIn
        ? Prompts?.Invoke() ?? Progress()
        : throw new Commands.UsageException($"There is nobody to ask: standard input or standard error is no terminal. {otherwise}");

    /// <summary>Talks to a server.</summary>
    public IKontinueClient Client(ServerConnection connection) =>
        Connect?.Invoke(connection) ?? new KontinueHttpClient(ServerHttp.Create(connection, Time, InteractiveIn), time: Time);

    /// <summary>Says that something went wrong: one line.</summary>
    public void Fail(string message) => Error.WriteLine("error: " + message.ReplaceLineEndings(" ").Trim());
}
