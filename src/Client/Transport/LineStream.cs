using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Kontinue.Resources;

namespace Kontinue.Client.Transport;

/// <summary>An answer of any length: a line of JSON for each value.</summary>
internal sealed class LineStream : IAsyncDisposable
{
    private readonly ApiTransport _transport;
    private readonly string _late;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenRegistration _registration;
    private readonly ITimer _idle;
    private HttpResponseMessage? _response;
    private PipeReader? _pipe;
    private long _scanned;

    private LineStream(ApiTransport transport, CancellationToken cancellationToken)
    {
        _transport = transport;
        _late = $"nothing was heard of it for {Duration.Format(transport.Options.WatchIdleTimeout)}";
        _registration = cancellationToken.UnsafeRegister(static s => ((CancellationTokenSource)s!).Cancel(), _stop);
        _idle = transport.Time.CreateTimer(static s => ((CancellationTokenSource)s!).Cancel(), _stop, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sends the request, again while that may help, until an answer begins.</summary>
    public static async Task<LineStream> OpenAsync(ApiTransport transport, string path, ExecutionKey key, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(transport.Options);
        for (int attempt = 1; ; attempt++)
        {
            var stream = new LineStream(transport, cancellationToken);
            AttemptFailedException failure;
            try
            {
                stream.Arm();
                stream._response = await transport.OpenAsync(path, key, stream._late, stream._stop.Token, cancellationToken).ConfigureAwait(false);
                stream._pipe = PipeReader.Create(await stream._response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
                stream.Disarm();
                return stream;
            }
            catch (AttemptFailedException e)
            {
                failure = e;
                await stream.DisposeAsync().ConfigureAwait(false);
            }
            catch
            {
                await stream.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            if (attempt >= transport.Options.MaxAttempts || failure.RetryAfter > transport.Options.MaxRetryAfter)
            {
                throw failure.ToPublic(transport.Server, isHarmless: true);
            }

            await Task.Delay(backoff.Next(failure.RetryAfter), transport.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The next value; null at the end.</summary>
    /// <exception cref="UnavailableException">The connection was lost.</exception>
    public async ValueTask<T?> ReadAsync<T>(CancellationToken cancellationToken)
        where T : class
    {
        while (true)
        {
            ReadResult result = await ReceiveAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (buffer.Slice(_scanned).PositionOf((byte)'\n') is { } end)
            {
                ReadOnlySequence<byte> line = buffer.Slice(0, end);
                Check(line.Length);
                T value = Parse<T>(line);
                _scanned = 0;
                _pipe!.AdvanceTo(buffer.GetPosition(1, end));
                return value;
            }

            Check(buffer.Length);
            _scanned = buffer.Length;
            _pipe!.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return buffer.IsEmpty ? null : throw new AttemptFailedException("it has ended in the middle of a line").ToPublic(_transport.Server, isHarmless: true);
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

    private T Parse<T>(ReadOnlySequence<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            return JsonSerializer.Deserialize(ref reader, ResourceJson.Tolerant<T>()) ?? throw new JsonException("A line is null.");
        }
        catch (JsonException e)
        {
            throw StatusErrors.NotAnApi(_response!.StatusCode, e);
        }
    }

    private async ValueTask<ReadResult> ReceiveAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Arm();
        try
        {
            return await _pipe!.ReadAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (AttemptFailedException.IsFromNetwork(e))
        {
            throw AttemptFailedException.From(e, _late, _transport.Server, cancellationToken) is AttemptFailedException failed
                ? failed.ToPublic(_transport.Server, isHarmless: true)
                : e;
        }
        finally
        {
            Disarm();
        }
    }

    private void Check(long length)
    {
        if (length > _transport.Options.MaxAnswerBytes)
        {
            throw new KontinueException(
                ErrorKind.Validation,
                $"A line of the answer is larger than {_transport.Options.MaxAnswerBytes:N0} bytes. Raise {nameof(KontinueClientOptions.MaxAnswerBytes)}.",
                retryable: false);
        }
    }

    private void Arm() => _idle.Change(_transport.Options.WatchIdleTimeout, Timeout.InfiniteTimeSpan);

    private void Disarm() => _idle.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
}
