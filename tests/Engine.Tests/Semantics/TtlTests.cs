using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

public sealed class TtlTests
{
    private static readonly TtlSpec Hour = new() { DeleteAfter = TimeSpan.FromHours(1) };
    private readonly ManualTimeProvider _time = new();

    private static async Task<bool> IsThereAsync(TestHost host, ExecutionKey key) =>
        await host.Shared.ReadAsync(key, CancellationToken.None) is not null;

    private Task AdvanceUntilGoneAsync(TestHost host, ExecutionKey key) => Wait.Until(
        async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            return !await IsThereAsync(host, key);
        },
        () => $"It is {_time.GetUtcNow()}.", $"{key} to be gone");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_execution_is_kept_for_its_time_and_then_deleted_with_its_children(bool fromFunction)
    {
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("child", (KontinueContext ktx) => ktx.Step("s", () => 1))
            .AddFunction("f", (KontinueContext ktx) => ktx.Execute<int>("child", options: new ChildOptions { Name = "c" }),
                f => f.DeleteAfter = fromFunction ? Hour.DeleteAfter : null), time: _time);
        ExecutionKey key = await host.StartFunctionAsync(new ExecutionSpec { Function = "f", Ttl = fromFunction ? null : Hour });
        Execution ended = await host.WaitForEndAsync(key);
        Assert.Equal((Hour, null), (ended.Spec.Ttl, ended.Metadata.DeletionTimestamp));
        Assert.Null((await host.Client.GetAsync(TestHost.Key("c"))).Spec.Ttl);
        _time.Advance(TimeSpan.FromMinutes(59));
        await host.RestartAsync();
        Assert.True(await IsThereAsync(host, key));
        await AdvanceUntilGoneAsync(host, key);

        Assert.True(_time.GetUtcNow() >= ManualTimeProvider.Start.AddHours(1));
        Assert.False(await IsThereAsync(host, TestHost.Key("c")));
    }

    [Fact]
    public async Task What_it_left_running_is_canceled_first_and_then_it_is_shown_as_being_deleted()
    {
        var mayEnd = new TaskCompletionSource();
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("child", (KontinueContext ktx) => ktx.Step("s", () => mayEnd.Task))
            .AddFunction("f", async (KontinueContext ktx) =>
            {
                ktx.Spawn<int>("child", options: new ChildOptions { Name = "c" });
                await ktx.Step("s", () => 1);
            }), time: _time);
        ExecutionKey key = await host.StartFunctionAsync(new ExecutionSpec { Function = "f", Ttl = Hour });
        await host.WaitForEndAsync(key);
        await host.WaitForPhaseAsync(TestHost.Key("c"), ExecutionPhase.Executing);
        await host.AdvanceUntilAsync(
            () => host.Client.GetAsync(key).Result.Metadata.DeletionTimestamp is not null, TimeSpan.FromSeconds(10), "the mark");
        Assert.True(await IsThereAsync(host, key));
        mayEnd.SetResult();
        await AdvanceUntilGoneAsync(host, key);

        Assert.False(await IsThereAsync(host, TestHost.Key("c")));
    }

    [Fact]
    public async Task The_time_can_be_set_and_taken_away_after_the_end_and_a_retry_takes_it_away()
    {
        bool isFixed = false;
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("f", (KontinueContext _) => isFixed ? 1 : throw new NonRetryableException("broken")), time: _time);
        ExecutionKey kept = await host.StartFunctionAsync(new ExecutionSpec { Function = "f", Ttl = Hour });
        ExecutionKey retried = await host.StartFunctionAsync(new ExecutionSpec { Function = "f", Ttl = Hour });
        ExecutionKey deleted = await host.StartFunctionAsync("f");
        await host.WaitForEndAsync(kept);
        await host.WaitForEndAsync(retried);
        await host.WaitForEndAsync(deleted);
        _time.Advance(TimeSpan.FromMinutes(50));
        isFixed = true;
        await host.Client.RetryAsync(retried);
        await host.WaitForPhaseAsync(retried, ExecutionPhase.Completed);
        await host.Client.UpdateAsync(kept, e => e with { Spec = e.Spec with { Ttl = null } });
        await host.Client.UpdateAsync(deleted, e => e with { Spec = e.Spec with { Ttl = Hour } });
        await AdvanceUntilGoneAsync(host, deleted);

        Assert.True(await IsThereAsync(host, kept));
        Assert.True(await IsThereAsync(host, retried));
        await AdvanceUntilGoneAsync(host, retried);
        Assert.InRange(_time.GetUtcNow(), ManualTimeProvider.Start.AddMinutes(110), ManualTimeProvider.Start.AddMinutes(115));
    }

    [Fact]
    public async Task Many_that_are_due_together_go_without_a_pause_between_them()
    {
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction("f", (KontinueContext _) => 1), time: _time, options: o => o.SweepInterval = TimeSpan.FromHours(1));
        var execution = new Execution
        {
            Metadata = new ObjectMetadata { GenerateName = "f-" }, Spec = new ExecutionSpec { Function = "f", Ttl = Hour },
        };
        await Task.WhenAll(Enumerable.Range(0, 700).Select(_ => host.Client.CreateAsync(execution, TimeSpan.FromMinutes(1))));
        _time.Advance(TimeSpan.FromHours(1));
        host.Engine.Deletions.Signal();

        await Wait.Until(
            async () => (await host.Shared.ListAsync(new RowQuery { Limit = 1 }, CancellationToken.None)).Count == 0, () => "", "all to be gone");
    }
}
