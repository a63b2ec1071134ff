using Kontinue.Engine.Runtime;
using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class StepRunnerTests
{
    private sealed class Work(Func<Task> body) : IStepWork
    {
        public Task RunAsync() => body();
    }

    [Fact]
    public async Task Steps_beyond_the_limit_wait_in_order_and_none_begins_after_the_close()
    {
        var runner = new StepRunner(1);
        var order = new List<int>();
        var mayEnd = new TaskCompletionSource();
        var second = new TaskCompletionSource();
        var secondMayEnd = new TaskCompletionSource();
        runner.Enqueue(new Work(() => mayEnd.Task));
        runner.Enqueue(new Work(() =>
        {
            order.Add(2);
            second.SetResult();
            return secondMayEnd.Task;
        }));
        runner.Enqueue(new Work(() =>
        {
            order.Add(3);
            return Task.CompletedTask;
        }));
        mayEnd.SetResult();
        await Wait.For(second.Task);
        Task closed = runner.CloseAsync();
        Assert.False(closed.IsCompleted);
        secondMayEnd.SetResult();
        await Wait.For(closed);

        Assert.Equal([2], order);
        Assert.Equal(0, runner.Running);
    }
}
