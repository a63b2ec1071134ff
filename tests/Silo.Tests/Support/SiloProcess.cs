using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Kontinue.Client;
using Kontinue.Hosting.Conformance;
using Kontinue.Hosting.Conformance.Processes;
using Kontinue.Testing.PostgreSql;

namespace Kontinue.Silo.Tests.Support;

/// <summary>The silo executable in a process of its own, on free ports of loopback.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    public const int Terminate = 15;
    public const int Stop = 19;
    public const int Continue = 18;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _awaited = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<SiloState>> _questions = new(StringComparer.Ordinal);
    private KontinueHttpClient? _client;

    private SiloProcess(ProcessStartInfo start, int apiPort, int healthPort)
    {
        ApiUrl = new Uri($"http://127.0.0.1:{apiPort}");
        HealthUrl = new Uri($"http://127.0.0.1:{healthPort}");
        _process = Process.Start(start)!;
        Id = _process.Id;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => _ended.TrySetResult();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        if (_process.HasExited)
        {
            _ended.TrySetResult();
        }
    }

    public int Id { get; }

    public Uri ApiUrl { get; }

    public Uri HealthUrl { get; }

    public IKontinueClient Client => _client ??= new KontinueHttpClient(ApiUrl);

    /// <summary>All that it has printed.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>Begins to start one.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="name">Its name.</param>
    /// <param name="settings">More settings, such as <c>Kontinue:Silo:ClusterId=x</c>; without a colon in the name: environment variables.</param>
    public static SiloProcess Launch(string connectionString, string name, params string[] settings) =>
        LaunchProgram(Path.Combine(AppContext.BaseDirectory, "Kontinue.Silo.dll"), connectionString, name, settings);

    /// <summary>As <see cref="Launch"/>, with another build of the executable.</summary>
    public static SiloProcess LaunchProgram(string program, string connectionString, string name, params string[] settings)
    {
        int[] ports = FreePorts.Take(4);
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.ArgumentList.Add(program);
        string[] all =
        [
            $"Kontinue:Silo:SiloPort={ports[0]}", $"Kontinue:Silo:GatewayPort={ports[1]}", $"Kontinue:Silo:ApiPort={ports[2]}", $"Kontinue:Silo:HealthPort={ports[3]}",
            "Kontinue:Silo:ListenAddress=127.0.0.1", "Kontinue:Silo:AdvertisedAddress=127.0.0.1", "Kontinue:Silo:Samples=true",
            "Kontinue:Api:Access:Mode=ReadWrite", $"Kontinue:Engine:SiloName={name}", .. settings,
        ];
        start.Environment["KONTINUE_POSTGRES"] = connectionString;
        foreach (string setting in all)
        {
            string[] parts = setting.Split('=', 2);
            if (parts[0].Contains(':', StringComparison.Ordinal))
            {
                start.ArgumentList.Add($"--{setting}");
            }
            else
            {
                start.Environment[parts[0]] = parts[1];
            }
        }

        return new SiloProcess(start, ports[2], ports[3]);
    }

    /// <summary>Starts one, and waits until it says that it has started.</summary>
    public static async Task<SiloProcess> StartAsync(string connectionString, string name, params string[] settings)
    {
        SiloProcess silo = Launch(connectionString, name, settings);
        try
        {
            await silo.StartedAsync();
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    public async Task StartedAsync()
    {
        Task first = await Task.WhenAny(_started.Task, _ended.Task).WaitAsync(Deadline);
        if (first == _ended.Task)
        {
            throw new InvalidOperationException($"The silo ended before it had started:\n{Output}");
        }
    }

    /// <summary>Waits until it has said something.</summary>
    public async Task SaysAsync(string text)
    {
        Task said = _awaited.GetOrAdd(text, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        if (Output.Contains(text, StringComparison.Ordinal))
        {
            return;
        }

        try
        {
            await said.WaitAsync(Deadline);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"The silo did not say '{text}' within {Deadline.TotalSeconds:F0} s. It said:\n{Output}", e);
        }
    }

    /// <summary>How it is, if it has <see cref="RuleModule"/>; one that ends has nothing any more.</summary>
    public async Task<SiloState> LookAsync()
    {
        string question = Guid.NewGuid().ToString("N");
        Task<SiloState> answer = (_questions[question] = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        try
        {
            await _process.StandardInput.WriteLineAsync(question);
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // It has ended; or its end is about to be heard of.
        }

        return await Task.WhenAny(answer, _ended.Task).WaitAsync(Deadline) == answer ? await answer : default;
    }

    public void Signal(int signal)
    {
        if (Kill(_process.Id, signal) != 0)
        {
            throw new InvalidOperationException("The silo cannot be signalled.");
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
            throw new TimeoutException($"The silo did not end within {Deadline.TotalSeconds:F0} s. It said:\n{Output}", e);
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

    private void Keep(string? line)
    {
        if (line is not null)
        {
            if (StateReporter.Read(line) is var (question, state))
            {
                if (_questions.TryRemove(question, out TaskCompletionSource<SiloState>? asked))
                {
                    asked.TrySetResult(state);
                }

                return;
            }

            _lines.Enqueue(line);
            foreach ((string text, TaskCompletionSource said) in _awaited)
            {
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    said.TrySetResult();
                }
            }

            if (line is "Started.")
            {
                _started.TrySetResult();
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
