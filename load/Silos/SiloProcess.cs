using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Kontinue.Load.CommandLine;
using Kontinue.Load.Driving;
using Kontinue.Load.Measurement;
using Kontinue.Load.Stores;
using Kontinue.Load.Targets;

namespace Kontinue.Load.Silos;

/// <summary>A loop that runs in a silo.</summary>
/// <param name="Began">Ends when measuring begins.</param>
/// <param name="Ended">Ends when measuring has ended.</param>
/// <param name="Result">What the loop did.</param>
internal sealed record SiloLoad(Task Began, Task Ended, Task<LoopResult> Result);

/// <summary>A silo in a process of its own, which this one has started and stops. The silo also stops when this process dies.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30);

    private readonly string _name;
    private readonly Process _process;
    private readonly Lock _input = new();
    private readonly ConcurrentQueue<TaskCompletionSource<ProcessReading>> _questions = new();
    private readonly TaskCompletionSource<Uri> _ready = Source<Uri>();
    private readonly Task _reading;
    private LoopInSilo? _loop;
    private volatile bool _stopping;
    private TargetUnusableException? _lost;

    private SiloProcess(string name, Process process)
    {
        _name = name;
        _process = process;
        _reading = Task.Run(ReadAllAsync);
    }

    public Uri Address { get; private set; } = null!;

    /// <summary>Starts a silo and waits until it listens.</summary>
    /// <exception cref="TargetUnusableException">It does not.</exception>
    public static Task<SiloProcess> StartAsync(string name, LoadOptions options, StoreSession session, CancellationToken cancellationToken) => StartAsync(
        name, typeof(SiloProcess).Assembly.Location,
        [
            LoadCommand.Silo, "--name", name, "--store", options.Store,
            .. session.Connection is { } connection ? new[] { "--connection", connection } : [],
            .. options.Lease is { } lease ? new[] { "--lease", lease.TotalSeconds.ToString(CultureInfo.InvariantCulture) } : [],
        ],
        cancellationToken);

    /// <summary>Starts a silo of another console and waits until it listens.</summary>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="assembly">The console.</param>
    /// <param name="arguments">What makes it a silo.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TargetUnusableException">It does not listen.</exception>
    public static async Task<SiloProcess> StartAsync(string name, string assembly, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var silo = new SiloProcess(name, StartProcess(assembly, arguments));
        try
        {
            silo.Address = await silo._ready.Task.WaitAsync(StartTime, TimeProvider.System, cancellationToken);
            return silo;
        }
        catch (Exception e)
        {
            silo._process.Kill(entireProcessTree: true);
            await silo.DisposeAsync();
            if (e is TimeoutException)
            {
                throw new TargetUnusableException($"{name} did not listen within {StartTime.TotalSeconds:F0} s. What it said is above.", e);
            }

            throw;
        }
    }

    /// <summary>Asks what the process has used.</summary>
    /// <param name="afterCollection">Whether everything that can be freed is to be freed before.</param>
    public Task<ProcessReading> ReadAsync(bool afterCollection = false)
    {
        TaskCompletionSource<ProcessReading> question = Source<ProcessReading>();
        lock (_input)
        {
            _questions.Enqueue(question);
            Send(new SiloMessage { Kind = afterCollection ? SiloMessageKind.Collect : SiloMessageKind.Reading });
        }

        if (_lost is { } lost)
        {
            question.TrySetException(lost);
        }

        return question.Task.WaitAsync(AnswerTime, TimeProvider.System);
    }

    /// <summary>Has the silo run a loop of callers, and tells of its intervals. One at a time.</summary>
    public SiloLoad Run(LoopPlan plan, Action<Interval> passed, CancellationToken stop)
    {
        var loop = new LoopInSilo(passed);
        _loop = loop;
        Send(new SiloMessage { Kind = SiloMessageKind.Run, Plan = plan });
        if (_lost is { } lost)
        {
            loop.Fail(lost);
        }

        CancellationTokenRegistration stopping = stop.Register(() => Send(new SiloMessage { Kind = SiloMessageKind.Stop }));
        _ = loop.Result.Task.ContinueWith(_ => stopping.Dispose(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return new SiloLoad(loop.Began.Task, loop.Ended.Task, loop.Result.Task);
    }

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        using var patience = new CancellationTokenSource(StopTime, TimeProvider.System);
        try
        {
            lock (_input)
            {
                _process.StandardInput.Close();
            }

            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await Console.Error.WriteLineAsync($"{_name} did not stop within {StopTime.TotalSeconds:F0} s and was killed.");
        }
        catch (IOException)
        {
            // It had ended before; what was written to it could not be delivered.
        }

        await _reading;
        _process.Dispose();
    }

    private static Process StartProcess(string assembly, IReadOnlyList<string> arguments)
    {
        string program = Environment.ProcessPath!;

        // Another host of this code, such as dotnet or a test's, cannot be started in its place.
        bool isConsole = Path.GetFileName(program) is var file && (file.EndsWith(".exe", StringComparison.Ordinal) ? file[..^4] : file) == Path.GetFileNameWithoutExtension(assembly);
        var start = new ProcessStartInfo(isConsole ? program : "dotnet")
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false,
        };
        foreach (string argument in (string[])[.. isConsole ? [] : new[] { assembly }, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start) ?? throw new TargetUnusableException($"The silo '{program}' could not be started.");
    }

    private static TaskCompletionSource<T> Source<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>That it could not be delivered shows at the end of its output.</summary>
    private void Send(SiloMessage message)
    {
        try
        {
            lock (_input)
            {
                _process.StandardInput.WriteLine(message.Write());
                _process.StandardInput.Flush();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
        }
    }

    private async Task ReadAllAsync()
    {
        TargetUnusableException lost;
        try
        {
            while (await _process.StandardOutput.ReadLineAsync() is { } line)
            {
                Receive(SiloMessage.Read(line));
            }

            await _process.WaitForExitAsync();
            lost = new TargetUnusableException($"{_name} ended{(_stopping ? "" : $" in the middle of the run, with code {_process.ExitCode}")}. What it said is above.");
        }
        catch (FormatException e)
        {
            lost = new TargetUnusableException($"{_name} says what is not understood: {e.Message}", e);
        }

        _lost = lost;
        _ready.TrySetException(lost);
        _loop?.Fail(lost);
        while (_questions.TryDequeue(out TaskCompletionSource<ProcessReading>? question))
        {
            question.TrySetException(lost);
        }
    }

    private void Receive(SiloMessage message)
    {
        switch (message.Kind)
        {
            case SiloMessageKind.Ready:
                _ready.TrySetResult(message.Address!);
                break;
            case SiloMessageKind.Reading when _questions.TryDequeue(out TaskCompletionSource<ProcessReading>? question):
                question.TrySetResult(message.Reading!);
                break;
            default:
                _loop?.Receive(_name, message);
                break;
        }
    }

    private sealed class LoopInSilo(Action<Interval> passed)
    {
        public TaskCompletionSource<bool> Began { get; } = Source<bool>();

        public TaskCompletionSource<bool> Ended { get; } = Source<bool>();

        public TaskCompletionSource<LoopResult> Result { get; } = Source<LoopResult>();

        public void Receive(string silo, SiloMessage message)
        {
            switch (message.Kind)
            {
                case SiloMessageKind.Began:
                    Began.TrySetResult(true);
                    break;
                case SiloMessageKind.Interval:
                    passed(message.Interval!.ToInterval());
                    break;
                case SiloMessageKind.Ended:
                    Ended.TrySetResult(true);
                    break;
                case SiloMessageKind.Result when message.Result is { } result:
                    Result.TrySetResult(result.ToResult());
                    break;
                case SiloMessageKind.Result:
                    Fail(new TargetUnusableException($"{silo} could not run the load: {message.Problem}"));
                    break;
                default:
                    throw new FormatException($"a message of the kind {message.Kind} at this point");
            }
        }

        public void Fail(Exception reason)
        {
            Began.TrySetException(reason);
            Ended.TrySetException(reason);
            Result.TrySetException(reason);
        }
    }
}
