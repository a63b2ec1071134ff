using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Signals;

/// <summary>For a silo that has no way to the others, or is alone: what one does, the others find when they next look.</summary>
internal sealed class NullSignalBus : ISignalBus
{
    public Task StartAsync(
        SiloId silo, string workerGroup, Action<IReadOnlyList<Signal>> onSignals, Action onGap, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    public void Send(in Signal signal)
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
