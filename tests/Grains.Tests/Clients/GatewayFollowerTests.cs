using Kontinue.Engine.Tests.Support;
using Kontinue.Grains.Client;
using Kontinue.Grains.Client.Calling;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Messaging;
using Xunit;

namespace Kontinue.Grains.Tests.Clients;

/// <summary>That a silo is gone is heard by callers whose call is lost with it, whichever way it went.</summary>
public sealed class GatewayFollowerTests : IDisposable
{
    private static readonly Uri One = new("gwy.tcp://127.0.0.1:1/1");
    private static readonly Uri Two = new("gwy.tcp://127.0.0.1:2/1");
    private static readonly Uri TwoAnew = new("gwy.tcp://127.0.0.1:2/2");

    private readonly CancellationTokenSource _stop = new();
    private readonly GatewayWatch _watch = new(TimeProvider.System);
    private readonly List _list = new();

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    [Fact]
    public async Task A_gateway_that_is_no_more_is_a_loss()
    {
        Follow();
        await _list.SetAsync(One, Two);
        CancellationToken loss = _watch.NextLoss;

        await _list.SetAsync(One);

        await LostAsync(loss);
    }

    [Fact]
    public async Task A_gateway_that_was_started_anew_is_a_loss()
    {
        Follow();
        await _list.SetAsync(One, Two);
        CancellationToken loss = _watch.NextLoss;

        await _list.SetAsync(One, TwoAnew);

        await LostAsync(loss);
    }

    [Fact]
    public async Task A_gateway_that_comes_is_none()
    {
        Follow();
        await _list.SetAsync(One);
        CancellationToken loss = _watch.NextLoss;

        await _list.SetAsync(One, Two);
        await _list.SetAsync(One, Two);

        Assert.False(loss.IsCancellationRequested);
    }

    [Fact]
    public async Task A_list_that_cannot_be_read_is_none_and_is_read_again()
    {
        Follow();
        await _list.SetAsync(One, Two);
        CancellationToken loss = _watch.NextLoss;

        await _list.SetAsync();
        Assert.False(loss.IsCancellationRequested);
        await _list.SetAsync(Two);

        await LostAsync(loss);
    }

    [Fact]
    public async Task A_call_that_was_lost_with_another_silo_is_made_again_at_once()
    {
        var options = new GrainClientOptions { Backoff = TimeSpan.Zero, AttemptTimeout = TimeSpan.FromMinutes(5), RequestTimeout = TimeSpan.FromMinutes(5) };
        var caller = new GrainCaller(options, _watch, new FailureText(new ClusterOptions(), _watch), TimeProvider.System);
        var first = new TaskCompletionSource();
        int calls = 0;
        Task<int> call = caller.CallAsync(
            new GrainCall(Repeat.Read),
            async _ =>
            {
                if (++calls == 1)
                {
                    first.SetResult();
                    await new TaskCompletionSource().Task;
                }

                return calls;
            },
            CancellationToken.None);
        await first.Task;

        _watch.Lose();

        Assert.Equal(2, await Wait.For(call));
    }

    [Fact]
    public async Task Who_was_refused_does_not_wait_when_the_silo_is_gone()
    {
        var options = new GrainClientOptions { Backoff = TimeSpan.FromMinutes(1), MaxBackoff = TimeSpan.FromMinutes(1), RequestTimeout = TimeSpan.FromMinutes(5) };
        var caller = new GrainCaller(options, _watch, new FailureText(new ClusterOptions(), _watch), TimeProvider.System);
        int calls = 0;
        Task<int> call = caller.CallAsync(
            new GrainCall(Repeat.IfRefused), _ => ++calls == 1 ? Task.FromException<int>(new SiloUnavailableException()) : Task.FromResult(calls), CancellationToken.None);
        Assert.False(call.IsCompleted);

        _watch.Lose();

        Assert.Equal(2, await Wait.For(call));
    }

    private void Follow()
    {
        // As after a failed call, so that it looks often.
        _watch.Alarm();
        var follower = new GatewayFollower(
            _watch, new ServiceProviderStub(), TimeProvider.System, NullLogger<GatewayFollower>.Instance);
        _ = follower.FollowAsync(_list, _stop.Token);
    }

    private static async Task LostAsync(CancellationToken loss)
    {
        var lost = new TaskCompletionSource();
        await using CancellationTokenRegistration registration = loss.Register(lost.SetResult);
        await Wait.For(lost.Task);
    }

    private sealed class ServiceProviderStub : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }

    /// <summary>A list that says when it was read.</summary>
    private sealed class List : IGatewayListProvider
    {
        private readonly Lock _gate = new();
        private Uri[] _now = [];
        private TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TimeSpan MaxStaleness => TimeSpan.Zero;

#pragma warning disable CS0618 // The interface demands it.
        public bool IsUpdatable => true;
#pragma warning restore CS0618

        public Task InitializeGatewayListProvider() => Task.CompletedTask;

        /// <summary>From now on the list is that one, empty: it cannot be read. Returns when it was read after that, and what was read has been looked at.</summary>
        public async Task SetAsync(params Uri[] now)
        {
            for (int time = 0; time < 2; time++)
            {
                Task read;
                lock (_gate)
                {
                    _now = now;
                    _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    read = _read.Task;
                }

                await Wait.For(read);
            }
        }

        public Task<IList<Uri>> GetGateways()
        {
            lock (_gate)
            {
                _read.TrySetResult();
                return _now.Length == 0 ? Task.FromException<IList<Uri>>(new TimeoutException("The table is away.")) : Task.FromResult<IList<Uri>>(_now);
            }
        }
    }
}
