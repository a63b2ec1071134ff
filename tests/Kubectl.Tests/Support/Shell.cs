using System.Diagnostics;
using System.Text;

namespace Kontinue.Kubectl.Tests.Support;

/// <summary>Runs commands in bash, as a person would, with a home and a kubeconfig of their own.</summary>
internal sealed class Shell(string home)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>Starts a command.</summary>
    public Process Start(string command)
    {
        var start = new ProcessStartInfo("bash", ["-c", command])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = home,
        };
        start.Environment["HOME"] = home;
        start.Environment["KUBECONFIG"] = Path.Combine(home, "kubeconfig");
        start.Environment["NO_COLOR"] = "1";
        start.Environment["KUBE_EDITOR"] = "true";
        return Process.Start(start) ?? throw new InvalidOperationException("bash did not start.");
    }

    /// <summary>Runs a command to its end.</summary>
    public async Task<ShellResult> RunAsync(string command)
    {
        using Process process = Start(command);
        process.StandardInput.Close();
        var output = new StringBuilder();
        var error = new StringBuilder();
        Task reading = Task.WhenAll(CopyAsync(process.StandardOutput, output), CopyAsync(process.StandardError, error));
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(patience.Token);
            await reading;
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"'{command}' did not end within {Patience.TotalSeconds:F0} s. It printed:\n{output}{error}", e);
        }

        return new ShellResult(command, process.ExitCode, output.ToString(), error.ToString());
    }

    private static async Task CopyAsync(StreamReader from, StringBuilder to)
    {
        var buffer = new char[4096];
        int read;
        while ((read = await from.ReadAsync(buffer)) > 0)
        {
            lock (to)
            {
                to.Append(buffer, 0, read);
            }
        }
    }
}
