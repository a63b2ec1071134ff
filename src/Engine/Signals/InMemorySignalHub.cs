using System.Collections.Concurrent;
using System.Threading.Channels;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Signals;

/// <summary>Carries hints between several hosts in one process, as over one <see cref="InMemoryStore"/>.</summary>
/// <remarks>It does not know who owns what: what is meant for an owner goes to all others.</remarks>
public sealed class InMemorySignalHub
{
    private readonly ConcurrentDictionary<SiloId, Bus> _listeners = new();

    /// <summary>Makes the bus of one host.</summary>
    public ISignalBus CreateBus() => new Bus(this);

    private sealed class Bus(InMemorySignalHub hub) : ISignalBus
    {
        private readonly Channel<Signal> _incoming = Channel.CreateBounded<Signal>(
            new BoundedChannelOptions(ISignalBus.MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

        private SiloId _silo;
        private string _group = "";
        private Task _reading = Task.CompletedTask;

        public Task StartAsync(
            SiloId silo, string workerGroup, Action<IReadOnlyList<Signal>> onSignals, Action onGap, CancellationToken cancellationToken)
        {
            _silo = silo;
            _group = workerGroup;
            _reading = Task.Run(() => ReadAsync(onSignals), CancellationToken.None);
            hub._listeners[silo] = this;
            return Task.CompletedTask;
        }

        public void Send(in Signal signal)
        {
            foreach (Bus other in hub._listeners.Values)
            {
                if (other != this && other.Hears(signal))
                {
                    other._incoming.Writer.TryWrite(signal);
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            hub._listeners.TryRemove(new KeyValuePair<SiloId, Bus>(_silo, this));
            _incoming.Writer.TryComplete();
            await _reading.ConfigureAwait(false);
        }

        private bool Hears(in Signal signal) => signal.Kind switch
        {
            SignalKind.Ended => signal.Silo == _silo,
            SignalKind.Backlog => signal.Name is null || string.Equals(signal.Name, _group, StringComparison.Ordinal),
            _ => true,
        };

        private async Task ReadAsync(Action<IReadOnlyList<Signal>> onSignals)
        {
            while (await _incoming.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                var signals = new List<Signal>();
                while (_incoming.Reader.TryRead(out Signal signal))
                {
                    signals.Add(signal);
                }

                onSignals(signals);
            }
        }
    }
}
