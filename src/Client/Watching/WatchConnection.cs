using System.Buffers;
using System.IO.Pipelines;
using Kontinue.Client.Transport;

namespace Kontinue.Client.Watching;

/// <summary>One connection of a watch: a line of JSON for each event. It is taken for lost when it is silent for too long.</summary>
internal sealed class WatchConnection : IAsyncDisposable
{
    private static readonly StreamPipeReaderOptions PipeOptions = new(bufferSize: 16 * 1024, minimumReadSize: 4 * 1024);

    private readonly KontinueClientOptions _options;
    private readonly Uri? _server;
    private readonly string _late;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenRegistration _registration;
    private readonly ITimer _idle;
    private HttpResponseMessage? _response;
    private PipeReader? _pipe;
    private long _scanned;

    private WatchConnection(ApiTransport transport, CancellationToken cancellationToken)
    {
        _options = transport.Options;
        _server = transport.Server;
        _late = $"nothing was heard of it for {Duration.Format(_options.WatchIdleTimeout)}";
        _registration = cancellationToken.UnsafeRegister(static s => ((CancellationTokenSource)s!).Cancel(), _stop);
        _idle = transport.Time.CreateTimer(static s => ((CancellationTokenSource)s!).Cancel(), _stop, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <exception cref="AttemptFailedException">Another attempt may fare better.</exception>
    public static async Task<WatchConnection> OpenAsync(ApiTransport transport, string path, CancellationToken cancellationToken)
    {
        var connection = new WatchConnection(transport, cancellationToken);
        try
        {
            connection.Arm();
            connection._response = await transport.OpenAsync(path, key: default, connection._late, connection._stop.Token, cancellationToken).ConfigureAwait(false);
            Stream stream = await connection._response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            connection.Disarm();
            connection._pipe = PipeReader.Create(stream, PipeOptions);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The next event; null when the server has ended the connection.</summary>
    /// <exception cref="AttemptFailedException">The connection was lost, or the server says so.</exception>
    public async ValueTask<ExecutionEvent?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!_pipe!.TryRead(out ReadResult result))
            {
                result = await ReceiveAsync(cancellationToken).ConfigureAwait(false);
            }

            ReadOnlySequence<byte> buffer = result.Buffer;
            if (buffer.Slice(_scanned).PositionOf((byte)'\n') is { } end)
            {
                ReadOnlySequence<byte> line = buffer.Slice(0, end);
                Check(line.Length);
                ExecutionEvent? next = WatchLine.IsBlank(line) ? null : WatchLine.Parse(line);
                _scanned = 0;
                _pipe.AdvanceTo(buffer.GetPosition(1, end));
                if (next is not null)
                {
                    return next;
                }
            }
            else
            {
                // What a line lacks at the end of the connection is told again by the next one.
                Check(buffer.Length);
                _scanned = buffer.Length;
                _pipe.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                {
                    return null;
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _registration.DisposeAsync().ConfigureAwait(false);
        await _idle.DisposeAsync().ConfigureAwait(false);

        // The answer first: it closes the connection, where the reader would read on to its end.
        _response?.Dispose();
        if (_pipe is not null)
        {
            await _pipe.CompleteAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    /// <summary>Waits for more. Only this wait counts as silence: a caller may take his time over an event.</summary>
    private async ValueTask<ReadResult> ReceiveAsync(CancellationToken cancellationToken)
    {
        Arm();
        try
        {
            return await _pipe!.ReadAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (AttemptFailedException.IsFromNetwork(e))
        {
            throw AttemptFailedException.From(e, _late, _server, cancellationToken);
        }
        finally
        {
            Disarm();
        }
    }

    private void Check(long length)
    {
        if (length > _options.MaxEventBytes)
        {
            throw new KontinueException(
                ErrorKind.Validation,
                $"An event of the watch is larger than {_options.MaxEventBytes:N0} bytes. Raise {nameof(KontinueClientOptions.MaxEventBytes)}.",
                retryable: false);
        }
    }

    private void Arm() => _idle.Change(_options.WatchIdleTimeout, Timeout.InfiniteTimeSpan);

    private void Disarm() => _idle.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
}
