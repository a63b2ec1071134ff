using System.CommandLine;

namespace Kontinue.Cli.Commands;

/// <summary>Turns what a command throws into one line and an exit code.</summary>
internal static class CommandRunner
{
    /// <summary>Sets what a command does.</summary>
    public static void Runs(this Command command, CliConsole console, ClientOptions options, Func<ParseResult, CancellationToken, Task<int>> action) =>
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var signals = new Signals(cancellationToken);
            try
            {
                return await action(parsed, signals.Token);
            }
            catch (UsageException e)
            {
                console.Fail(e.Message);
                return ExitCodes.Usage;
            }
            catch (UnavailableException e) when (e.InnerException is HttpRequestException)
            {
                console.Fail($"The server at {options.ServerOf(parsed)} is not reachable ({e.InnerException.Message}). Start one with: kontinue dev");
                return ExitCodes.Error;
            }
            catch (KontinueException e)
            {
                console.Fail(e.Message);
                return ExitCodes.Error;
            }
            catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
            {
                return ExitCodes.Interrupted;
            }
        });
}
