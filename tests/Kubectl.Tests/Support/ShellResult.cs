namespace Kontinue.Kubectl.Tests.Support;

/// <summary>What a command printed, and how it ended.</summary>
internal sealed record ShellResult(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>Both, as a person sees them.</summary>
    public string All => Output + Error;

    /// <summary>Fails the test unless the command succeeded.</summary>
    public ShellResult Succeeded() => ExitCode == 0
        ? this
        : throw new InvalidOperationException($"'{Command}' ended with {ExitCode}:\n{Output}{Error}");

    /// <summary>Fails the test unless the command failed.</summary>
    public ShellResult Failed() => ExitCode != 0
        ? this
        : throw new InvalidOperationException($"'{Command}' succeeded:\n{Output}{Error}");
}
