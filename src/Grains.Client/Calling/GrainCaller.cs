using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Kontinue.Grains.Client.Calling;

/// <summary>Makes calls, again where that is safe, until there is an answer or the time is over.</summary>
internal sealed class GrainCaller(GrainClientOptions options, GatewayWatch gateways, FailureText text, TimeProvider time, bool isSilo = false)
{
    public GrainClientOptions Options => options;

    public GatewayWatch Gateways => gateways;

    public TimeProvider Time => time;

    /// <param name="call">What may be done when it fails.</param>
    /// <param name="make">Makes one try.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="UnavailableException">There was no answer.</exception>
    public async Task<T> CallAsync<T>(GrainCall call, Func<CancellationToken, Task<T>> make, CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        var backoff = new Backoff(options);
        while (true)
        {
            Exception failure;
            CancellationToken news = gateways.NextLoss;
            Task<T>? attempt = null;
            try
            {
                attempt = make(cancellationToken);
                return await AwaitAsync(attempt, call, call.Wait + TimeOfOne(call, began), news).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // What is to be done is decided below, for all of them.
            catch (Exception e)
#pragma warning restore CA1031
            {
                cancellationToken.ThrowIfCancellationRequested();
                failure = e;
            }

            // One that is given up may still end in whatever way.
            attempt?.Ignore();
            CallFailure kind = CallFailures.Of(failure, isSilo);
            call.WasLost |= kind == CallFailure.Lost;
            if (kind == CallFailure.Answer)
            {
                ExceptionDispatchInfo.Throw(failure);
            }

            gateways.Alarm();
            TimeSpan pause = backoff.Next();
            bool mayRepeat = kind == CallFailure.Refused || (kind == CallFailure.Lost && call.Repeat != Repeat.IfRefused);
            if (!mayRepeat || time.GetElapsedTime(began) + pause >= call.Wait + options.RequestTimeout)
            {
                throw text.ToPublic(failure, call.Repeat != Repeat.Read && (call.WasLost || kind == CallFailure.Impossible));
            }

            if (await PauseAsync(pause, news, cancellationToken).ConfigureAwait(false))
            {
                backoff.Reset();
            }
        }
    }

    /// <summary>What became of a call that was not made by <see cref="CallAsync"/>.</summary>
    public UnavailableException ToPublic(Exception failure) => text.ToPublic(failure, mayHaveBeenDone: false);

    /// <summary>Waits for as long as that, or until a silo is found to be gone: what was refused because of it is not refused any more.</summary>
    /// <param name="pause">How long.</param>
    /// <param name="news">The loss that was next before the call; when it has been, the one after it is waited for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether one is gone.</returns>
    private async Task<bool> PauseAsync(TimeSpan pause, CancellationToken news, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            news.IsCancellationRequested ? gateways.NextLoss : news, cancellationToken);
        await Task.Delay(pause, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return either.IsCancellationRequested;
    }

    /// <summary>
    /// Waits for the answer, but not long beyond the loss of a silo, which may be the one that was asked. What may be repeated ends with it. What may not has time for one more try first:
    /// more likely another silo was asked, and its answer is worth more than none.
    /// </summary>
    private async Task<T> AwaitAsync<T>(Task<T> attempt, GrainCall call, TimeSpan limit, CancellationToken loss)
    {
        if (call.Repeat != Repeat.IfRefused)
        {
            return await attempt.WaitAsync(limit, time, loss).ConfigureAwait(false);
        }

        using var end = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        CancellationTokenRegistration lost = loss.Register(() => end.CancelAfter(options.AttemptTimeout));
        await using ConfiguredAsyncDisposable unregistering = lost.ConfigureAwait(false);
        return await attempt.WaitAsync(limit, time, end.Token).ConfigureAwait(false);
    }

    private TimeSpan TimeOfOne(GrainCall call, long began)
    {
        TimeSpan left = call.Wait + options.RequestTimeout - time.GetElapsedTime(began);
        TimeSpan one = call.Repeat == Repeat.IfRefused || left < options.AttemptTimeout ? left : options.AttemptTimeout;
        return one > TimeSpan.Zero ? one : TimeSpan.FromMilliseconds(1);
    }
}
