using Kontinue.Engine.Executions;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Feed;
using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class ResultWaiterTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly ManualTimeProvider _time = new();
    private readonly ResultWaiter _waiter = new();

    private Task<StoredExecution?> WaitAsync() => _waiter.WaitAsync(Minute, _time, CancellationToken.None);

    [Fact]
    public async Task WaitAsync_Hinted_LooksAtOnce()
    {
        Task<StoredExecution?> during = WaitAsync();
        Assert.False(during.IsCompleted);
        _waiter.Hint();

        Assert.Null(await Wait.For(during));
    }

    [Fact]
    public async Task WaitAsync_HintedInVain_WaitsForLongerEachTime()
    {
        _waiter.Hint();
        Assert.Null(await Wait.For(WaitAsync()));
        var paused = new List<double>();
        for (int i = 0; i < 8; i++)
        {
            _waiter.Hint();
            DateTimeOffset began = _time.GetUtcNow();
            Task<StoredExecution?> next = WaitAsync();
            await Wait.Until(
                () =>
                {
                    if (!next.IsCompleted)
                    {
                        _time.Advance(TimeSpan.FromMilliseconds(50));
                    }

                    return Task.FromResult(next.IsCompleted);
                },
                () => $"It is {_time.GetUtcNow()}.", "the next look");
            paused.Add((_time.GetUtcNow() - began).TotalSeconds);
        }

        Assert.InRange(paused[0], 0.1, 1);
        Assert.InRange(paused[^1], 5, 10);
    }

    [Fact]
    public async Task WaitAsync_EndsWhileHintsAreNotHeard_IsToldAtOnce()
    {
        _waiter.Hint();
        await Wait.For(WaitAsync());
        Task<StoredExecution?> next = WaitAsync();
        ExecutionRow row = new FeedRows(new InMemoryStore(_time), _time).Make("a");
        _waiter.Complete(new StoredExecution(row, new StoredSpec(), StoredStatus.Initial));

        Assert.Same(row, (await Wait.For(next))!.Row);
    }

    [Fact]
    public async Task WaitAsync_AWaitWithoutAHint_ForgetsThoseBefore()
    {
        _waiter.Hint();
        await Wait.For(WaitAsync());
        Task<StoredExecution?> quiet = _waiter.WaitAsync(TimeSpan.FromMilliseconds(1), _time, CancellationToken.None);
        _time.Advance(Minute);
        await Wait.For(quiet);
        _waiter.Hint();

        Assert.Null(await Wait.For(WaitAsync()));
    }
}
