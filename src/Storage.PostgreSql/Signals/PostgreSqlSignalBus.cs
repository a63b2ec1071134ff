using System.Threading.Channels;
using Kontinue.Engine.Signals;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace Kontinue.Storage.PostgreSql.Signals;

/// <summary>Carries hints between the silos of one database with LISTEN and NOTIFY.</summary>
/// <remarks>
/// It has two connections of its own: one listens for as long as the silo lives, which a pool that others wait for should not have to
/// give away; the other one sends. A transaction that notifies takes a lock of the whole server when it commits, so commits of executions never do.
/// </remarks>
public sealed partial class PostgreSqlSignalBus : ISignalBus
{
    /// <summary>How long hints are gathered: what is sent together costs one transaction.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(2);

    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MinPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(5);

    private const int MaxTogether = 4000;

    /// <summary>See the statement: longer ones might not fit into a notification.</summary>
    private const int MaxHintLength = 900;

    private readonly NpgsqlDataSource _connections;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly Channel<bool> _wake =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private HashSet<Signal> _waiting = [];
    private SiloId _silo;
    private Task _listening = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;
    private Task? _disposal;

    /// <summary>Which of the server's processes serves the connection that sends: what it sends is this silo's own.</summary>
    private volatile int _ownProcess;

    /// <summary>Does not connect yet.</summary>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public PostgreSqlSignalBus(PostgreSqlStoreOptions options, TimeProvider time, ILogger<PostgreSqlSignalBus> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _connections = DataSources.ForSignals(options);
        _time = time;
        _logger = logger;
    }

    /// <summary>Hints that wait to be sent.</summary>
    internal int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <inheritdoc/>
    public async Task StartAsync(
        SiloId silo, string workerGroup, Action<IReadOnlyList<Signal>> onSignals, Action onGap, CancellationToken cancellationToken)
    {
        _silo = silo;
        var tried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _listening = Task.Run(() => ListenAsync(workerGroup, onSignals, onGap, tried, _stop.Token), CancellationToken.None);
        _sending = Task.Run(SendAllAsync, CancellationToken.None);
        await tried.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Send(in Signal signal)
    {
        lock (_gate)
        {
            if (_waiting.Count >= ISignalBus.MaxWaiting)
            {
                return;
            }

            _waiting.Add(signal);
        }

        _wake.Writer.TryWrite(true);
    }

    /// <summary>Sends what waits, for at most two seconds, and closes the connections.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            return new ValueTask(_disposal ??= StopAsync());
        }
    }

    private async Task StopAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await _stop.CancelAsync().ConfigureAwait(false);
        _wake.Writer.TryComplete();
        _abort.CancelAfter(StopTimeout);
        await _sending.ConfigureAwait(false);
        await _listening.ConfigureAwait(false);
        await _connections.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
        _abort.Dispose();
    }

    private async Task SendAllAsync()
    {
        TimeSpan pause = MinPause;
        bool isWell = true;
        while (await _wake.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            _wake.Reader.TryRead(out _);
            await DelayAsync(Gathering, _stop.Token).ConfigureAwait(false);
            HashSet<Signal> signals;
            lock (_gate)
            {
                (signals, _waiting) = (_waiting, []);
            }

            try
            {
                foreach (Signal[] some in signals.Chunk(MaxTogether))
                {
                    await SendAsync(some).ConfigureAwait(false);
                }

                (pause, isWell) = (MinPause, true);
            }
            catch (Exception e) when (Failures.Concerns(e) || e is OperationCanceledException)
            {
                // They are gone: whoever would have got them finds out by looking. What comes during the pause waits.
                if (isWell && !_abort.IsCancellationRequested)
                {
                    LogNotSent(_logger, e, signals.Count);
                }

                isWell = false;
                await DelayAsync(pause, _stop.Token).ConfigureAwait(false);
                pause = pause * 2 < MaxPause ? pause * 2 : MaxPause;
            }
        }
    }

    private async Task SendAsync(Signal[] signals)
    {
        var addressed = signals.Select(signal => (Signal: signal, Body: SignalCodec.Write(signal)))
            .Where(hint => System.Text.Encoding.UTF8.GetByteCount(hint.Body) <= MaxHintLength).ToList();
        using var deadline = new CancellationTokenSource(SendTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _abort.Token);
        NpgsqlConnection connection = await _connections.OpenConnectionAsync(either.Token).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            _ownProcess = connection.ProcessID;
            NpgsqlCommand command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                command.CommandText = Sql.SendSignals;
                command.Parameters
                    .AddValue(addressed.Select(hint => AudienceOf(hint.Signal)).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Smallint)
                    .AddTexts(addressed.Select(hint => hint.Signal.Execution.Namespace ?? ""))
                    .AddTexts(addressed.Select(hint => hint.Signal.Execution.Name ?? ""))
                    .AddTexts(addressed.Select(hint => TargetOf(hint.Signal)))
                    .AddTexts(addressed.Select(hint => hint.Body))
                    .AddSilo(_silo);
                await command.ExecuteNonQueryAsync(either.Token).ConfigureAwait(false);
            }
        }
    }

    private static short AudienceOf(in Signal signal) => signal.Kind switch
    {
        SignalKind.Told or SignalKind.Awaited => 1,
        SignalKind.Ended => 2,
        SignalKind.Backlog when signal.Name is not null => 3,
        _ => 4,
    };

    private static string TargetOf(in Signal signal) => signal.Kind switch
    {
        SignalKind.Ended => signal.Silo.Value.ToString("N"),
        SignalKind.Backlog => signal.Name ?? "",
        _ => "",
    };

    private async Task ListenAsync(
        string workerGroup, Action<IReadOnlyList<Signal>> onSignals, Action onGap, TaskCompletionSource tried, CancellationToken stop)
    {
        TimeSpan pause = MinPause;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                NpgsqlConnection connection = await _connections.OpenConnectionAsync(stop).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    connection.Notification += (_, notification) =>
                    {
                        if (notification.PID != _ownProcess && SignalCodec.Read(notification.Payload) is { Count: > 0 } signals)
                        {
                            onSignals(signals);
                        }
                    };
                    await BeginToListenAsync(connection, workerGroup, stop).ConfigureAwait(false);
                    pause = MinPause;
                    if (!tried.TrySetResult())
                    {
                        LogListensAgain(_logger);
                        onGap();
                    }

                    while (true)
                    {
                        await connection.WaitAsync(stop).ConfigureAwait(false);
                    }
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (Failures.Concerns(e) || e is OperationCanceledException)
            {
                if (!stop.IsCancellationRequested)
                {
                    LogNotListening(_logger, e);
                }
            }

            tried.TrySetResult();
            await DelayAsync(pause, stop).ConfigureAwait(false);
            pause = pause * 2 < MaxPause ? pause * 2 : MaxPause;
        }

        tried.TrySetResult();
    }

    private async Task BeginToListenAsync(NpgsqlConnection connection, string workerGroup, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = Sql.Listen;
            command.Parameters.AddSilo(_silo).AddValue(workerGroup, NpgsqlDbType.Text);
            string listen = (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
            command.Parameters.Clear();
            command.CommandText = listen;
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken) =>
        await Task.Delay(delay, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} signals to other silos were lost; work goes on, some of it later.")]
    private static partial void LogNotSent(ILogger logger, Exception exception, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Signals of other silos cannot be heard now; trying again.")]
    private static partial void LogNotListening(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Signals of other silos are heard again.")]
    private static partial void LogListensAgain(ILogger logger);
}
