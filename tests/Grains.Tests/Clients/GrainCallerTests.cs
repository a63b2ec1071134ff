using Kontinue.Engine.Tests.Support;
using Kontinue.Grains.Client;
using Kontinue.Grains.Client.Calling;
using Orleans.Configuration;
using Xunit;

namespace Kontinue.Grains.Tests.Clients;

/// <summary>How long the answer to a call is waited for when a silo is lost.</summary>
public sealed class GrainCallerTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly GrainClientOptions _options = new();
    private readonly GatewayWatch _watch;
    private readonly GrainCaller _caller;
    private readonly TaskCompletionSource<int> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public GrainCallerTests()
    {
        _watch = new GatewayWatch(_time);
        _caller = new GrainCaller(_options, _watch, new FailureText(new ClusterOptions(), _watch), _time);
    }

    [Fact]
    public async Task What_may_not_be_repeated_ends_soon_after_a_silo_was_lost()
    {
        DateTimeOffset began = _time.GetUtcNow();
        Task<int> call = CallAsync();
        _watch.Lose();
        await Wait.Until(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            return call.IsCompleted;
        });

        Assert.True((await Assert.ThrowsAsync<UnavailableException>(() => call)).MayHaveBeenDone);
        Assert.InRange(_time.GetUtcNow() - began, _options.AttemptTimeout, _options.RequestTimeout - TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task What_may_not_be_repeated_gets_the_answer_of_a_silo_that_lives()
    {
        Task<int> call = CallAsync();
        _watch.Lose();
        _time.Advance(_options.AttemptTimeout / 2);
        _answer.SetResult(7);

        Assert.Equal(7, await Wait.For(call));
    }

    [Fact]
    public async Task What_may_not_be_repeated_waits_as_long_as_it_may_while_no_silo_is_lost()
    {
        Task<int> call = CallAsync();
        _time.Advance(_options.RequestTimeout - TimeSpan.FromTicks(1));
        Assert.False(call.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.True((await Assert.ThrowsAsync<UnavailableException>(() => Wait.For(call))).MayHaveBeenDone);
    }

    private Task<int> CallAsync() => _caller.CallAsync(new GrainCall(Repeat.IfRefused), _ => _answer.Task, CancellationToken.None);
}
