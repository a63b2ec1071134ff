using Kontinue.Engine.Clustering;
using Kontinue.Engine.Signals;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class ClusterTests
{
    private static readonly SiloId Own = new(Guid.NewGuid());

    private readonly Bus _bus = new();
    private readonly Listener _listener = new();
    private readonly Clustering.Cluster _cluster;

    public ClusterTests() => _cluster = new Clustering.Cluster(
        _bus, new InMemoryStore(), Own, new KontinueOptions(), static () => default, TimeProvider.System, _listener, NullLogger.Instance);

    [Fact]
    public async Task Who_finds_others_looks_once_for_what_it_could_not_tell_them()
    {
        await _cluster.StartAsync(CancellationToken.None);
        _cluster.Await(new ExecutionKey("default", "one"));
        Assert.DoesNotContain(_bus.Sent, signal => signal.Kind == SignalKind.Awaited);

        _cluster.Observe([Row()]);
        Assert.Equal(1, _listener.TimesMissed);
        _cluster.Observe([Row(), Row()]);
        Assert.Equal(1, _listener.TimesMissed);
        _cluster.Await(new ExecutionKey("default", "one"));
        Assert.Contains(_bus.Sent, signal => signal.Kind == SignalKind.Awaited);
    }

    [Fact]
    public async Task Who_hears_of_others_looks_once_for_what_it_could_not_tell_them()
    {
        await _cluster.StartAsync(CancellationToken.None);
        _bus.Hear!([Signal.Freed("limit")]);
        _bus.Hear([Signal.Freed("limit")]);
        Assert.Equal(1, _listener.TimesMissed);
    }

    [Fact]
    public async Task Who_was_alone_again_looks_again()
    {
        await _cluster.StartAsync(CancellationToken.None);
        _cluster.Observe([Row()]);
        _cluster.Observe([]);
        _cluster.Observe([Row()]);
        Assert.Equal(2, _listener.TimesMissed);
    }

    [Fact]
    public void Before_it_listens_it_could_be_told_nothing_and_looks_at_its_start()
    {
        _cluster.Observe([Row()]);
        Assert.Equal(0, _listener.TimesMissed);
    }

    private static SiloRow Row() => new()
    {
        Id = new SiloId(Guid.NewGuid()), Name = "other", WorkerGroup = "default", Version = "1", Capacity = 10, StartedAt = DateTimeOffset.UnixEpoch,
        RenewedAt = DateTimeOffset.UnixEpoch, LeaseUntil = DateTimeOffset.MaxValue, IsAlive = true,
    };

    private sealed class Bus : ISignalBus
    {
        public List<Signal> Sent { get; } = [];

        public Action<IReadOnlyList<Signal>>? Hear { get; private set; }

        public Task StartAsync(
            SiloId silo, string workerGroup, Action<IReadOnlyList<Signal>> onSignals, Action onGap, CancellationToken cancellationToken)
        {
            Hear = onSignals;
            return Task.CompletedTask;
        }

        public void Send(in Signal signal) => Sent.Add(signal);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Listener : IClusterListener
    {
        public int TimesMissed { get; private set; }

        public void Told(IReadOnlyList<ExecutionKey> keys)
        {
        }

        public void Backlog()
        {
        }

        public void Freed(IReadOnlyList<string> semaphores)
        {
        }

        public void EndedElsewhere(ExecutionKey key)
        {
        }

        public void Missed() => TimesMissed++;
    }
}
