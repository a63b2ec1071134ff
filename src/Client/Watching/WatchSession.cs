using Kontinue.Client.Transport;

namespace Kontinue.Client.Watching;

/// <summary>A watch over any number of connections: it goes on where the last one ended.</summary>
internal sealed class WatchSession(ApiTransport transport, string path, WatchQuery query) : IAsyncDisposable
{
    private WatchConnection? _connection;
    private Backoff _backoff = new(transport.Options);
    private string? _version = query.ResourceVersion;
    private bool _isInitial = query.ResourceVersion is null;
    private bool _wasConnected;
    private int _failures;
    private long? _lostAt;

    /// <summary>The next event, from however many connections that takes.</summary>
    public async Task<ExecutionEvent> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            AttemptFailedException lost;
            try
            {
                if (_connection is null)
                {
                    _connection = await WatchConnection.OpenAsync(transport, PathNow(), cancellationToken).ConfigureAwait(false);
                    _wasConnected = true;
                }

                if (await _connection.ReadAsync(cancellationToken).ConfigureAwait(false) is { } next)
                {
                    Note(next);
                    return next;
                }

                lost = new AttemptFailedException("it has ended the watch");
            }
            catch (AttemptFailedException e)
            {
                lost = e;
            }

            await DisposeAsync().ConfigureAwait(false);
            await PauseAsync(lost, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private string PathNow()
    {
        PathBuilder builder = new PathBuilder(path).Add(query.Selector).Add("watch", "true").Add("allowWatchBookmarks", "true");
        return (_isInitial
            ? builder.Add("sendInitialEvents", "true").Add("resourceVersionMatch", "NotOlderThan")
            : builder.Add("resourceVersion", _version)).ToString();
    }

    /// <summary>Keeps where to go on. The initial events are in no order of versions: until their end there is nowhere to go on from.</summary>
    private void Note(ExecutionEvent next)
    {
        _isInitial &= !next.IsInitialEnd;
        if (!_isInitial)
        {
            _version = next.ResourceVersion;
            _backoff.Reset();
            _lostAt = null;
        }
    }

    private async Task PauseAsync(AttemptFailedException lost, CancellationToken cancellationToken)
    {
        KontinueClientOptions options = transport.Options;
        _lostAt ??= transport.Time.GetTimestamp();
        bool isOver = _wasConnected
            ? transport.Time.GetElapsedTime(_lostAt.Value) > options.WatchPatience
            : ++_failures >= options.MaxAttempts;
        if (isOver || lost.RetryAfter > options.MaxRetryAfter)
        {
            throw lost.ToPublic(transport.Server, isHarmless: true);
        }

        await Task.Delay(_backoff.Next(lost.RetryAfter), transport.Time, cancellationToken).ConfigureAwait(false);
    }
}
