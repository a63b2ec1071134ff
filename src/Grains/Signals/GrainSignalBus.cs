using System.Runtime.InteropServices;
using System.Threading.Channels;
using Kontinue.Engine.Signals;
using Kontinue.Engine.Storage;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Grains.Placement;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kontinue.Grains.Signals;

/// <summary>
/// Carries hints by grain calls. What concerns one execution goes to its grain, which is placed where its owner is; the rest goes to the
/// <see cref="ISignalService"/> of each silo that it may concern.
/// </summary>
internal sealed partial class GrainSignalBus(
    IGrainFactory grains, Lazy<SignalServiceClient> services, Lazy<IClusterMembershipService> membership, ILocalSiloDetails local, SiloCatalog catalog,
    Activations activations, IOptions<GrainOptions> options, TimeProvider time, ILogger<GrainSignalBus> logger) : ISignalBus
{
    private readonly Channel<Hint> _waiting = Channel.CreateBounded<Hint>(
        new BoundedChannelOptions(ISignalBus.MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private volatile Action<IReadOnlyList<Signal>>? _onSignals;
    private volatile Action? _onGap;
    private Task _sending = Task.CompletedTask;

    public Task StartAsync(
        SiloId silo, string workerGroup, Action<IReadOnlyList<Signal>> onSignals, Action onGap, CancellationToken cancellationToken)
    {
        _onSignals = onSignals;
        _onGap = onGap;
        _sending = Task.Run(SendAllAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public void Send(in Signal signal) => _waiting.Writer.TryWrite(new Hint(signal, IsForSilos: false));

    /// <summary>Called with what other silos have sent. Before the start, and after the end, nobody listens: those are hints.</summary>
    public void Hear(SignalMessage[] signals) => _onSignals?.Invoke([.. signals.Select(signal => signal.ToSignal())]);

    /// <summary>
    /// There is a silo that was not known before. What it said of itself when it began came before it was in the cluster, and reached nobody.
    /// </summary>
    public void Met() => _onSignals?.Invoke([Signal.Backlog(null)]);

    /// <summary>Hints may have been lost, for a silo has died.</summary>
    public void Gap() => _onGap?.Invoke();

    /// <summary>
    /// An execution's grain here was woken for an execution that this silo cannot have: all other silos are told. Not the grain, which may be this one, or come to a
    /// silo that cannot have it either and would pass it on in its turn.
    /// </summary>
    public void PassOn(ExecutionKey key) => _waiting.Writer.TryWrite(new Hint(Signal.Told(key), IsForSilos: true));

    public async ValueTask DisposeAsync()
    {
        _onSignals = null;
        _onGap = null;
        _waiting.Writer.TryComplete();
        await _sending.ConfigureAwait(false);
    }

    private async Task SendAllAsync()
    {
        var gathered = new HashSet<Hint>();
        while (await _waiting.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            if (!_waiting.Reader.Completion.IsCompleted)
            {
                await Task.Delay(options.Value.SignalGathering, time).ConfigureAwait(false);
            }

            while (gathered.Count < options.Value.MaxTogether && _waiting.Reader.TryRead(out Hint hint))
            {
                gathered.Add(hint);
            }

            Send(gathered);
            gathered.Clear();
        }
    }

    private void Send(HashSet<Hint> hints)
    {
        try
        {
            HashSet<SignalMessage> forAll = [];
            foreach ((Signal signal, bool isForSilos) in hints)
            {
                // An activation here is not with the owner, or there were nothing to tell: whose it is the others know.
                if (signal.Kind == SignalKind.Told && !isForSilos && !activations.Contains(signal.Execution))
                {
                    grains.GetExecution(signal.Execution).WakeAsync().Ignore();
                }
                else
                {
                    forAll.Add(SignalMessage.Of(signal));
                }
            }

            if (forAll.Count > 0)
            {
                SendToOthers(forAll);
            }
        }
#pragma warning disable CA1031 // Hints may be lost, and a cluster that stops refuses calls in many ways; the loop must go on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogLost(logger, hints.Count, e);
        }
    }

    private void SendToOthers(HashSet<SignalMessage> signals)
    {
        foreach (ClusterMember member in membership.Value.CurrentSnapshot.Members.Values)
        {
            if (member.Status != SiloStatus.Active || member.SiloAddress.Equals(local.SiloAddress) || catalog.Find(member.SiloAddress) is not { } card)
            {
                continue;
            }

            SignalMessage[] some = [.. signals.Where(signal => Concerns(signal, card))];
            if (some.Length > 0)
            {
                services.Value.Of(member.SiloAddress).HearAsync(some).Ignore();
            }
        }
    }

    private static bool Concerns(in SignalMessage signal, SiloCard silo) => (SignalKind)signal.Kind switch
    {
        SignalKind.Ended => signal.Silo == silo.Id.Value,
        SignalKind.Backlog => signal.Name is null || string.Equals(signal.Name, silo.WorkerGroup, StringComparison.Ordinal),
        _ => true,
    };

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Hint(Signal Signal, bool IsForSilos);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Count} hints were lost; silos find what they were about when they next look.")]
    private static partial void LogLost(ILogger logger, int count, Exception exception);
}
