using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Kontinue.Crash.Host;

/// <summary>The host ended, or was killed, before it answered: nothing is known of the request.</summary>
internal sealed class HostGoneException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The other end of the protocol: a running host process, as the one who started it sees it.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    public static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);
    private const int TerminateSignal = 15;
    private const int ContinueSignal = 18;
    private const int StopSignal = 19;
    private const int KeptErrorLines = 200;

    private readonly Process _process;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<HostResponse>> _waiting = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Task _reading;
    private long _lastId;
    private volatile bool _gone;

    private HostProcess(Process process)
    {
        _process = process;
        _process.ErrorDataReceived += (_, line) => KeepError(line.Data);
        _process.BeginErrorReadLine();
        _reading = Task.Run(ReadAsync);
    }

    public Task Gone => _reading;

    public int Id => _process.Id;

    /// <summary>The last lines that the host logged.</summary>
    public string Errors => string.Join('\n', _errors);

    /// <summary>Starts a process and waits until it takes requests.</summary>
    /// <exception cref="HostGoneException">It ended instead; the message has what it logged.</exception>
    public static Task<HostProcess> StartAsync(HostSettings settings) => StartAsync("Kontinue.Crash.Host.dll", settings.ToArguments());

    /// <inheritdoc cref="StartAsync(HostSettings)"/>
    /// <param name="assembly">The program: a file beside this one that speaks the protocol.</param>
    /// <param name="arguments">What it is told.</param>
    public static async Task<HostProcess> StartAsync(string assembly, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, assembly));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var host = new HostProcess(Process.Start(start)!);
        try
        {
            await host._ready.Task.WaitAsync(StartDeadline);
            return host;
        }
        catch (TimeoutException e)
        {
            await host.DisposeAsync();
            throw new TimeoutException($"The host did not say that it is ready within {StartDeadline.TotalSeconds:F0} s. It logged:\n{host.Errors}", e);
        }
        catch (HostGoneException)
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <exception cref="HostGoneException">The host ended before it answered.</exception>
    public async Task<HostResponse> SendAsync(HostRequest request)
    {
        request = request with { Id = Interlocked.Increment(ref _lastId) };
        var answer = new TaskCompletionSource<HostResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[request.Id] = answer;
        if (_gone)
        {
            throw new HostGoneException("The host has ended.");
        }

        await _writing.WaitAsync();
        try
        {
            await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(request, KontinueJson.Options));
            await _process.StandardInput.FlushAsync();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // Killed, and perhaps disposed of, since the look at whether it is gone.
            throw new HostGoneException("The host has ended.", e);
        }
        finally
        {
            _writing.Release();
        }

        return await answer.Task;
    }

    /// <summary>SIGKILL: nothing of the process runs any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _reading;
    }

    /// <summary>SIGTERM: the host is asked to stop.</summary>
    public void Terminate() => Send(TerminateSignal);

    /// <summary>SIGSTOP: the host stands still, and nobody tells it.</summary>
    public void Pause() => Send(StopSignal);

    /// <summary>SIGCONT: the host goes on as if no time had passed.</summary>
    public void Continue() => Send(ContinueSignal);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _reading;
        _process.Dispose();
    }

    public async Task<int> ExitCodeAsync(TimeSpan deadline)
    {
        try
        {
            await _reading.WaitAsync(deadline);
            return _process.ExitCode;
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"The host did not end within {deadline.TotalSeconds:F0} s. It logged:\n{Errors}", e);
        }
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            // A killed process may leave half a line.
            if (TryRead(line) is not { } response)
            {
                continue;
            }

            if (response.Ready)
            {
                _ready.TrySetResult();
            }
            else if (_waiting.TryRemove(response.Id, out TaskCompletionSource<HostResponse>? answer))
            {
                answer.TrySetResult(response);
            }
        }

        await _process.WaitForExitAsync();
        _gone = true;
        _ready.TrySetException(new HostGoneException($"The host ended with {_process.ExitCode} before it was ready. It logged:\n{Errors}"));
        foreach (TaskCompletionSource<HostResponse> answer in _waiting.Values)
        {
            answer.TrySetException(new HostGoneException("The host ended before it answered."));
        }
    }

    private static HostResponse? TryRead(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<HostResponse>(line, KontinueJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void KeepError(string? line)
    {
        if (line is not null)
        {
            _errors.Enqueue(line);
            while (_errors.Count > KeptErrorLines)
            {
                _errors.TryDequeue(out _);
            }
        }
    }

    private void Send(int signal)
    {
        if (Signal(_process.Id, signal) != 0)
        {
            throw new InvalidOperationException("The host cannot be signalled.");
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int process, int signal);
}
