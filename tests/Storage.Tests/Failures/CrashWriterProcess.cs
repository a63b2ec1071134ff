using System.Diagnostics;

namespace Kontinue.Storage.Tests.Failures;

/// <summary>A process that commits for ever, until it is killed.</summary>
internal sealed class CrashWriterProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly Process _process;

    private CrashWriterProcess(Process process) => _process = process;

    /// <summary>What it has reported as durable.</summary>
    public List<Guid> Acknowledged { get; } = [];

    /// <summary>Starts it and waits until it has opened its store.</summary>
    public static async Task<CrashWriterProcess> StartAsync(string kind, string where)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Kontinue.Storage.CrashWriter.dll");
        var start = new ProcessStartInfo("dotnet", ["exec", program, kind, where])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        var writer = new CrashWriterProcess(process);
        try
        {
            string? first = await writer.ReadLineAsync("the writer to open its store");
            return first is "ready" ? writer : throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Waits for so many acknowledgements.</summary>
    public async Task ReadAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            string line = await ReadLineAsync("an acknowledgement") ??
                throw new InvalidOperationException($"The writer ended: {await _process.StandardError.ReadToEndAsync()}");
            Acknowledged.Add(Guid.Parse(line));
        }
    }

    /// <summary>Kills it at once, as <c>kill -9</c> does, and reads what it had still said.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        while (await ReadLineAsync("the end of the output") is { } line)
        {
            // The last line may have been cut.
            if (line.Length == Guid.Empty.ToString().Length)
            {
                Acknowledged.Add(Guid.Parse(line));
            }
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private async Task<string?> ReadLineAsync(string what)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        try
        {
            return await _process.StandardOutput.ReadLineAsync(deadline.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"Waited {Deadline.TotalSeconds} s in vain for {what}.", e);
        }
    }
}
