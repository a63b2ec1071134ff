using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Watch;

/// <summary>
/// Sends a watch: a line for each event, in groups of what is ready. It keeps no more than one group; what comes faster than the caller
/// reads waits at the source, which gives up on those who are too slow.
/// </summary>
internal sealed class WatchResponder(StatusFactory statuses, Waits waits, TimeProvider time)
{
    private const int MaxGroup = 64 * 1024;

    /// <summary>As Kubernetes' API server has it; at random, so that not all come back at once.</summary>
    private static readonly (int Min, int Max) DefaultSeconds = (1800, 3600);

    /// <summary>How long the source may take to find that it cannot begin. Later errors are told as events.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a caller may read nothing.</summary>
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Sends what a source tells until it ends, the time is up, the caller goes, or the server stops.</summary>
    /// <param name="context">The request.</param>
    /// <param name="timeout">How long it lasts; null: 30 to 60 minutes.</param>
    /// <param name="open">Begins the source. What it throws at once is answered with an HTTP status, what it throws later as an event.</param>
    public async Task RunAsync(HttpContext context, TimeSpan? timeout, Func<CancellationToken, IAsyncEnumerable<WatchLine>> open)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            Begin(context.Response);
            return;
        }

        TimeSpan length = timeout ?? TimeSpan.FromSeconds(Random.Shared.Next(DefaultSeconds.Min, DefaultSeconds.Max));
        using var deadline = new CancellationTokenSource(length, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, waits.Stopping, context.RequestAborted);
        await using IAsyncEnumerator<WatchLine> events = open(end.Token).GetAsyncEnumerator(end.Token);
        Task<bool> next = events.MoveNextAsync().AsTask();
        try
        {
            await Task.WhenAny(next, Task.Delay(Grace, time, end.Token));
            await ThrowIfRefusedAsync(next, end.Token, context.RequestAborted);
            Begin(context.Response);
            await SendAsync(context.Response, events, next, end.Token);
        }
        finally
        {
            // The source must not be left while it is asked for its next event.
            await end.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static void Begin(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/json";
        response.Headers.CacheControl = "no-cache, private";
    }

    private async Task ThrowIfRefusedAsync(Task<bool> first, CancellationToken end, CancellationToken aborted)
    {
        if (first.IsFaulted)
        {
            await first;
        }

        if (waits.Stopping.IsCancellationRequested && !aborted.IsCancellationRequested && end.IsCancellationRequested)
        {
            throw Waits.IsStopping();
        }
    }

    private async Task SendAsync(HttpResponse response, IAsyncEnumerator<WatchLine> events, Task<bool> first, CancellationToken end)
    {
        int unsent = 0;
        try
        {
            // The headers go at once: the caller knows then that the watch has begun.
            if (!first.IsCompleted && !await FlushAsync(response))
            {
                return;
            }

            for (ValueTask<bool> next = new(first); ; next = events.MoveNextAsync())
            {
                if (!next.IsCompletedSuccessfully)
                {
                    Task<bool> later = next.AsTask();
                    bool isSent = later.IsCompleted || unsent == 0 || await FlushAsync(response);
                    unsent = 0;
                    if (!isSent)
                    {
                        await LeaveAsync(later);
                        return;
                    }

                    next = new ValueTask<bool>(later);
                }

                if (!await next)
                {
                    break;
                }

                unsent += Write(response.BodyWriter, events.Current);
                if (unsent >= MaxGroup)
                {
                    unsent = 0;
                    if (!await FlushAsync(response))
                    {
                        return;
                    }
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The end that was asked for. What is ready is still sent.
        }
        catch (Exception e) when (!response.HttpContext.RequestAborted.IsCancellationRequested)
        {
            ErrorStatus status = statuses.From(e, response.HttpContext);
            Write(response.BodyWriter, EventEncoder.Error(status));
        }

        await FlushAsync(response);
    }

    /// <summary>The connection was given up, which ends the source.</summary>
    private static async Task LeaveAsync(Task<bool> next) => await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static int Write(PipeWriter writer, WatchLine line)
    {
        Span<byte> type = stackalloc byte[16];
        type = type[..Encoding.ASCII.GetBytes(line.Type, type)];
        writer.Write("{\"type\":\""u8);
        writer.Write(type);
        writer.Write("\",\"object\":"u8);
        writer.Write(line.Resource.Span);
        writer.Write("}\n"u8);
        return line.Resource.Length + type.Length;
    }

    /// <summary>Sends what is written; false when the caller is gone, or has read nothing for so long that he is given up.</summary>
    private async Task<bool> FlushAsync(HttpResponse response)
    {
        CancellationToken aborted = response.HttpContext.RequestAborted;
        ValueTask<FlushResult> flush = response.BodyWriter.FlushAsync(aborted);
        try
        {
            FlushResult result = flush.IsCompletedSuccessfully ? flush.Result : await flush.AsTask().WaitAsync(WriteTimeout, time);
            return !result.IsCompleted && !aborted.IsCancellationRequested;
        }
        catch (TimeoutException)
        {
            response.HttpContext.Abort();
            return false;
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            return false;
        }
    }
}
