namespace Kontinue.Cli;

/// <summary>What the command's exit code says. Documented in <c>docs/cli.md</c> and in the help.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;
    public const int Error = 1;
    public const int Usage = 2;
    public const int Failed = 3;
    public const int Canceled = 4;
    public const int TimedOut = 5;
    public const int Interrupted = 130;

    public const string Help =
        "Exit codes: 0 done, 1 the server refused or could not be reached, 2 wrong usage, 3 the execution failed, " +
        "4 it was canceled or skipped, 5 the time to wait was over, 130 interrupted.";

    public static int Of(ExecutionPhase phase) => phase switch
    {
        ExecutionPhase.Failed => Failed,
        ExecutionPhase.Canceled or ExecutionPhase.Skipped => Canceled,
        _ => Ok,
    };
}
