using Kontinue.Client;
using Kontinue.Grains.Client.Calling;

namespace Kontinue.Grains.Client.Watching;

/// <summary>A watch over any number of silos, one after the other: it goes on where the last one ended.</summary>
internal sealed class WatchSession(GrainCaller caller, Func<WatchQuery, IAsyncEnumerable<ExecutionEvent>> open, WatchQuery query)
{
    /// <summary>How many events come at once: each may have arguments of some size, and a message has a limit.</summary>
    public const int BatchSize = 20;

    private const string FromTheBeginning = "0";

    private RemoteSequence<ExecutionEvent>? _events;
    private Backoff _backoff = new(caller.Options);
    private string? _version = query.ResourceVersion;
    private bool _isInitial = query.ResourceVersion is null or FromTheBeginning;
    private bool _wasConnected;
    private long? _lostAt;

    /// <summary>The next event, from however many silos that takes.</summary>
    public async Task<ExecutionEvent> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Exception lost;
            try
            {
                _events ??= new RemoteSequence<ExecutionEvent>(open(query with { ResourceVersion = _version }).WithBatchSize(BatchSize), caller, isResumable: true);
                if (await _events.MoveAsync(cancellationToken).ConfigureAwait(false))
                {
                    return Note(_events.Current);
                }

                lost = new UnavailableException("The silo has ended the watch.");
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && CallFailures.Of(e) is CallFailure.Refused or CallFailure.Lost)
            {
                lost = e;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && CallFailures.Of(e) is CallFailure.Impossible)
            {
                throw caller.ToPublic(e);
            }

            cancellationToken.ThrowIfCancellationRequested();
            Leave();
            await PauseAsync(lost, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the watch where it is.</summary>
    public void Leave()
    {
        _events?.Leave();
        _events = null;
    }

    /// <summary>Keeps where to go on. The initial events are in no order of versions: until their end there is nowhere to go on from.</summary>
    private ExecutionEvent Note(ExecutionEvent next)
    {
        _wasConnected = true;
        _isInitial &= !next.IsInitialEnd;
        if (!_isInitial)
        {
            _version = next.ResourceVersion;
            _backoff.Reset();
            _lostAt = null;
        }

        return next;
    }

    private async Task PauseAsync(Exception lost, CancellationToken cancellationToken)
    {
        GrainClientOptions options = caller.Options;
        _lostAt ??= caller.Time.GetTimestamp();
        TimeSpan pause = _backoff.Next();
        if (caller.Time.GetElapsedTime(_lostAt.Value) + pause > (_wasConnected ? options.WatchPatience : options.RequestTimeout))
        {
            throw caller.ToPublic(lost);
        }

        await Task.Delay(pause, caller.Time, cancellationToken).ConfigureAwait(false);
    }
}
