using System.Collections.Concurrent;
using Kontinue.Client.Tests.Support;
using Kontinue.Load.Driving;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Load.Tests;

public sealed class LoopTests
{
    private readonly ManualTime _time = new();
    private readonly Observer _observer = new();
    private readonly ConcurrentDictionary<long, TaskCompletionSource> _held = new();
    private readonly SemaphoreSlim _called = new(0);
    private int _calls;

    public LoopTests()
    {
        // Without a context, what waits goes on while the clock is moved, not at some time after it.
        SynchronizationContext.SetSynchronizationContext(null);
    }

    [Fact]
    public async Task OpenLoop_StartsWhenTheStartsAreDue_NotWhenThoseBeforeHaveEnded()
    {
        Hold(0);
        Task<LoopResult> run = RunAsync(Plan(rate: 10, seconds: 1.95));
        await CalledAsync(1);
        for (int tenth = 1; tenth < 20; tenth++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await CalledAsync(1);
        }

        Assert.Equal(20, _calls);
        Release(0);
        _time.Advance(TimeSpan.FromMilliseconds(50));
        LoopResult result = await run.Within("end of the loop");
        Assert.Equal((20, 0, 0), (result.Open!.Due, result.Open.NeverStarted, result.Open.Unfinished));
        Assert.True(result.Open.KeptUp);
        Assert.InRange(result.Latencies.Max.TotalSeconds, 1.9, 2);
    }

    [Fact]
    public async Task OpenLoop_WithoutRoom_MeasuresFromTheIntendedStart()
    {
        // One at a time, one per second: the first takes three seconds and so makes the next two late.
        Hold(0);
        Task<LoopResult> run = RunAsync(Plan(rate: 1, seconds: 3.5, maxUnderWay: 1));
        await CalledAsync(1);
        _time.Advance(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, _calls);
        Release(0);
        await CalledAsync(3);
        _time.Advance(TimeSpan.FromSeconds(0.5));
        LoopResult result = await run.Within("end of the loop");
        Assert.Equal((4, 2, 0), (result.Open!.Due, result.Open.Late, result.Open.NeverStarted));
        Assert.Equal(2000, result.Open.LatestMs);
        Assert.False(result.Open.KeptUp);

        // 3, 2 and 1 s, and that of the last, which was not late.
        Assert.Equal((4, TimeSpan.FromSeconds(3)), (result.Latencies.Count, result.Latencies.Max));
        Assert.Equal(1000, result.Latencies.PercentileMs(50), tolerance: 20);
    }

    [Fact]
    public async Task OpenLoop_StartsThatFoundNoRoomUntilTheEnd_CountAsLatencies()
    {
        Hold(0);
        Task<LoopResult> run = RunAsync(Plan(rate: 1, seconds: 4, maxUnderWay: 1));
        await CalledAsync(1);
        _time.Advance(TimeSpan.FromSeconds(4));
        await _observer.Ended.Task.Within("end of the time measured");
        Release(0);
        LoopResult result = await run.Within("end of the loop");
        Assert.Equal((4, 3, 0), (result.Open!.Due, result.Open.NeverStarted, result.Completed));
        Assert.False(result.Open.KeptUp);
        Assert.Equal((4, TimeSpan.FromSeconds(4)), (result.Latencies.Count, result.Latencies.Max));
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task OpenLoop_WhatDoesNotEnd_IsGivenUp()
    {
        Hold(0);
        Task<LoopResult> run = RunAsync(Plan(rate: 1, seconds: 1));
        await CalledAsync(1);
        _time.Advance(TimeSpan.FromSeconds(1));
        await _time.TimerAsync(left => left == OpenLoop.Patience).Within("limit of its patience");
        _time.Advance(OpenLoop.Patience);
        LoopResult result = await run.Within("end of the loop");
        Assert.Equal(1, result.Open!.Unfinished);
        Assert.False(result.Open.KeptUp);
    }

    [Fact]
    public async Task ClosedLoop_EachCallerWaits_AndOnlyCallsThatBeganInTimeAreLatencies()
    {
        // The first call begins in the warm-up; the next one takes a second and a half, beyond the end.
        Hold(0);
        Hold(1);
        Task<LoopResult> run = RunAsync(Plan(rate: null, seconds: 2, warmup: 1));
        await CalledAsync(1);
        await _time.TimerAsync(left => left == TimeSpan.FromSeconds(1)).Within("end of the warm-up");
        _time.Advance(TimeSpan.FromSeconds(1));
        await _observer.Began.Task.Within("beginning of the time measured");
        await _time.TimerAsync(left => left == TimeSpan.FromSeconds(2)).Within("time measured");
        _time.Advance(TimeSpan.FromSeconds(1));
        Release(0);
        await CalledAsync(1);
        _time.Advance(TimeSpan.FromSeconds(1));
        await _observer.Ended.Task.Within("end of the time measured");
        _time.Advance(TimeSpan.FromSeconds(0.5));
        Release(1);
        LoopResult result = await run.Within("end of the loop");
        Assert.Equal(1, result.Completed);
        Assert.Equal((1, TimeSpan.FromSeconds(1.5)), (result.Latencies.Count, result.Latencies.Max));
        Assert.Null(result.Open);
        Interval interval = Assert.Single(_observer.Intervals);
        Assert.Equal((0, 2.0, 1), (interval.Index, interval.Seconds, interval.Completed));
    }

    [Fact]
    public async Task Failures_AreCounted_AndTheFirstIsTold()
    {
        var stop = new CancellationTokenSource();
        var loop = LoadLoop.Create(
            [new FakeClient()],
            Plan(rate: null, seconds: 1),
            (_, _) =>
            {
                stop.Cancel();
                throw new WrongEndException("It went wrong.");
            },
            _time);
        LoopResult result = await loop.RunAsync(_observer, stop.Token).Within("end of the loop");
        Assert.Equal((1, "It went wrong.", 0), (result.Errors.Count, result.Errors.First, result.Completed));
    }

    [Fact]
    public void Shares_AreThePlanTogether()
    {
        LoopPlan plan = Plan(rate: 100, seconds: 1) with { Concurrency = 64, MaxUnderWay = 100 };
        LoopPlan[] shares = [.. Enumerable.Range(0, 3).Select(i => plan.ShareOf(i, 3))];
        Assert.Equal([22, 21, 21], shares.Select(share => share.Concurrency));
        Assert.Equal(100, shares.Sum(share => share.MaxUnderWay));
        Assert.Equal(100, shares.Sum(share => share.Rate!.Value), tolerance: 1e-9);
    }

    private static LoopPlan Plan(double? rate, double seconds, double warmup = 0, int maxUnderWay = 100) => new()
    {
        Scenario = "noop", Concurrency = 1, Rate = rate, MaxUnderWay = maxUnderWay, Duration = TimeSpan.FromSeconds(seconds), Warmup = TimeSpan.FromSeconds(warmup),
        Interval = TimeSpan.FromSeconds(seconds),
    };

    private Task<LoopResult> RunAsync(LoopPlan plan) => LoadLoop.Create([new FakeClient()], plan, CallAsync, _time).RunAsync(_observer, CancellationToken.None);

    private async Task CallAsync(Iteration iteration, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        _called.Release();
        if (_held.TryGetValue(iteration.Number, out TaskCompletionSource? held))
        {
            await held.Task.WaitAsync(cancellationToken);
        }
        else if (iteration.Plan.Rate is null)
        {
            // A caller that never waits would go round for ever while the clock stands.
            await Task.Delay(TimeSpan.FromDays(1), _time, cancellationToken);
        }
    }

    private void Hold(long number) => _held[number] = new TaskCompletionSource();

    private void Release(long number) => _held[number].SetResult();

    private async Task CalledAsync(int times)
    {
        for (int i = 0; i < times; i++)
        {
            Assert.True(await _called.WaitAsync(TimeSpan.FromSeconds(30)), $"There was no further call after {_calls}.");
        }
    }

    private sealed class Observer : ILoopObserver
    {
        public TaskCompletionSource Began { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<Interval> Intervals { get; } = [];

        public Task BeganAsync()
        {
            Began.TrySetResult();
            return Task.CompletedTask;
        }

        public void Passed(Interval interval) => Intervals.Add(interval);

        public Task EndedAsync()
        {
            Ended.TrySetResult();
            return Task.CompletedTask;
        }
    }
}
