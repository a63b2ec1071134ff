using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Api.Watch;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kontinue.Api.Tests;

/// <summary>Somebody who opens a watch and does not read.</summary>
public sealed class SlowReaderTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Watch_NobodyReads_HoldsOneGroupAndGivesUp()
    {
        const int LineBytes = 1000;
        int taken = 0;
        using var clock = new TimerClock();
        using var connection = new Connection();
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1024, resumeWriterThreshold: 1));
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpRequestLifetimeFeature>(connection);
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(pipe.Writer.AsStream()));
        context.Request.Method = "GET";
        var responder = new WatchResponder(
            new StatusFactory(new ApiGroup("kontinue.cloud"), NullLogger.Instance), new Waits(CancellationToken.None), clock);

        Task watch = responder.RunAsync(context, TimeSpan.FromHours(1), Endless);
        await clock.Started(WriteTimeout).WaitAsync(Deadline);
        Assert.False(watch.IsCompleted, "The watch ended before its time.");
        Assert.InRange(taken * LineBytes, 1, 80 * 1024);
        clock.Fire(WriteTimeout);
        await watch.WaitAsync(Deadline);
        Assert.True(connection.RequestAborted.IsCancellationRequested, "The connection was left open.");

        async IAsyncEnumerable<WatchLine> Endless([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                taken++;
                yield return new WatchLine(WatchLine.Added, new byte[LineBytes]);
                await ValueTask.CompletedTask;
            }
        }
    }

    /// <summary>A connection that can be given up.</summary>
    private sealed class Connection : IHttpRequestLifetimeFeature, IDisposable
    {
        private readonly CancellationTokenSource _aborted = new();

        public CancellationToken RequestAborted
        {
            get => _aborted.Token;
            set => throw new NotSupportedException();
        }

        public void Abort() => _aborted.Cancel();

        public void Dispose() => _aborted.Dispose();
    }

    /// <summary>A clock whose timers fire when the test says so, told apart by their length.</summary>
    private sealed class TimerClock : TimeProvider, IDisposable
    {
        private readonly Lock _lock = new();
        private readonly List<(TimeSpan Due, Action Fire)> _timers = [];
        private readonly Dictionary<TimeSpan, TaskCompletionSource> _waiters = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                _timers.Add((dueTime, () => callback(state)));
                Waiter(dueTime).TrySetResult();
            }

            return new NoTimer();
        }

        /// <summary>Done when a timer of this length was started.</summary>
        public Task Started(TimeSpan due)
        {
            lock (_lock)
            {
                return Waiter(due).Task;
            }
        }

        public void Fire(TimeSpan due)
        {
            Action[] fire;
            lock (_lock)
            {
                fire = [.. _timers.Where(t => t.Due == due).Select(t => t.Fire)];
            }

            Array.ForEach(fire, f => f());
        }

        public void Dispose() => _timers.Clear();

        private TaskCompletionSource Waiter(TimeSpan due)
        {
            if (!_waiters.TryGetValue(due, out TaskCompletionSource? waiter))
            {
                _waiters.Add(due, waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            return waiter;
        }

        private sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
