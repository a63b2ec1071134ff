using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Kontinue.Client;

namespace Kontinue.Cli.Tests.Support;

/// <summary>A <c>kontinue server</c> in a process of its own.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    public const int Interrupt = 2;
    public const int Terminate = 15;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Whether this process ignores SIGINT, as Linux says; then so do those that it starts.</summary>
    public static bool InterruptsAreIgnored { get; } = File.ReadLines("/proc/self/status").Any(static line =>
        line.StartsWith("SigIgn:", StringComparison.Ordinal) &&
        (ulong.Parse(line["SigIgn:".Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << (Interrupt - 1))) != 0);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private KontinueHttpClient? _client;

    private ServerProcess(Process process)
    {
        _process = process;
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginErrorReadLine();
    }

    /// <summary>What it said when it had started.</summary>
    public string Banner { get; private set; } = "";

    public string Url { get; private set; } = "";

    public IKontinueClient Client => _client ??= new KontinueHttpClient(new Uri(Url));

    /// <summary>Done when it says that it stops.</summary>
    public Task Stopping => _stopping.Task.WaitAsync(Deadline);

    private string Errors => string.Join('\n', _errors);

    /// <summary>Starts one, and waits until it says that it has started.</summary>
    /// <param name="variables">Environment variables.</param>
    /// <param name="arguments">What stands behind <c>kontinue server --urls ...</c>.</param>
    public static async Task<ServerProcess> StartAsync(IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (string argument in (string[])[Path.Combine(AppContext.BaseDirectory, "kontinue.dll"), "server", "--urls", "http://127.0.0.1:0", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Remove(Commands.ServerCommand.PostgresVariable);
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        var server = new ServerProcess(Process.Start(start)!);
        try
        {
            await server.ReadBannerAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a signal.</summary>
    public void Signal(int signal)
    {
        if (Kill(_process.Id, signal) != 0)
        {
            throw new InvalidOperationException("The server cannot be signalled.");
        }
    }

    /// <summary>SIGKILL: nothing of it runs any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Deadline);
    }

    public async Task<int> ExitCodeAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(Deadline);
            return _process.ExitCode;
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"The server did not end within {Deadline.TotalSeconds:F0} s. It said:\n{Errors}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task ReadBannerAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline, TimeProvider.System);
        while (!Banner.Contains("Ctrl-C", StringComparison.Ordinal))
        {
            string line = await _process.StandardOutput.ReadLineAsync(deadline.Token)
                ?? throw new InvalidOperationException($"The server ended before it listened:\n{Errors}");
            Banner += line + "\n";
        }

        Url = Address().Match(Banner).Value;
        _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _errors.Enqueue(line);
            if (line.StartsWith("Stopping", StringComparison.Ordinal))
            {
                _stopping.TrySetResult();
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    [GeneratedRegex("http://127\\.0\\.0\\.1:[0-9]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();
}
