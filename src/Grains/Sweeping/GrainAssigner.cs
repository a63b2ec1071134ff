using Kontinue.Engine;
using Kontinue.Engine.Claiming;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Grains.Placement;
using Kontinue.Grains.Signals;
using Kontinue.Grains.Sleeping;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kontinue.Grains.Sweeping;

/// <summary>
/// Deals what nobody runs out to the silos of the group that have room, many in one message: the silos claim it. No grain is activated for it, for nobody
/// has called one; who does is led to the owner.
/// </summary>
internal sealed partial class GrainAssigner(
    Lazy<ILocalSilo> silo, Lazy<SignalServiceClient> services, Lazy<IClusterMembershipService> membership, ILocalSiloDetails local, SiloCatalog catalog,
    FunctionRegistry functions, Activations activations, SleepReminders reminders, IOptions<KontinueOptions> engine, IOptions<GrainOptions> options, TimeProvider time,
    ILogger<GrainAssigner> logger) : IExecutionAssigner
{
    /// <summary>How long one that was dealt out is left to its silo: what is known of room is as old.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dealt _dealt = new(time, Turn);
    private int _sweepers;

    /// <summary>Whether the group's sweep grain is active in this silo.</summary>
    public bool IsFinder => Volatile.Read(ref _sweepers) > 0;

    public TimeSpan? TakeOverDelay => options.Value.TakeOverDelay;

    public void BeginSweeping() => Interlocked.Increment(ref _sweepers);

    public void EndSweeping() => Interlocked.Decrement(ref _sweepers);

    public void Assign(IReadOnlyList<ExecutionKey> keys)
    {
        if (!IsFinder)
        {
            // It looks for what it owns and was told something. What else there is it may have too; there is little of it.
            silo.Value.Wake(keys);
            return;
        }

        try
        {
            Deal(keys);
        }
#pragma warning disable CA1031 // A cluster in change refuses in many ways; what was not dealt out is found again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotAssigned(logger, keys.Count, e);
        }
    }

    public void Left(ExecutionKey key, DateTimeOffset? wakeAt)
    {
        reminders.Left(key, wakeAt);
        activations.Leave(key);
    }

    private void Deal(IReadOnlyList<ExecutionKey> keys)
    {
        List<(SiloAddress Address, ExecutionKey[] Keys)> parts;
        lock (_gate)
        {
            parts = [.. DealingRule.Deal(_dealt.New(keys), [.. Rooms()])];
            parts.ForEach(part => _dealt.Add(part.Address, part.Keys));
        }

        foreach ((SiloAddress address, ExecutionKey[] part) in parts)
        {
            if (address.Equals(local.SiloAddress))
            {
                silo.Value.Wake(part, orTell: true);
                continue;
            }

            ISignalService service = services.Value.Of(address);
            foreach (ExecutionKey[] some in part.Chunk(options.Value.MaxTogether))
            {
                service.TakeAsync([.. some.Select(key => key.ToString())]).Ignore();
            }
        }
    }

    /// <summary>
    /// The silos of the group that take work, and how much more each can have than it was dealt since it last said so. What is found is of this silo's functions, and nobody
    /// knows which: a silo that lacks one of them, as an older one in an upgrade, would claim it and have to give it back. Such a silo finds its share itself.
    /// </summary>
    private IEnumerable<(SiloAddress Address, int Room)> Rooms() =>
        from member in membership.Value.CurrentSnapshot.Members.Values
        where member.Status == SiloStatus.Active
        let id = member.SiloAddress.Equals(local.SiloAddress) ? silo.Value.Id : IdOf(member.SiloAddress)
        where id is not null
        let room = (silo.Value.RoomOf(id.Value) ?? 0) - _dealt.To(member.SiloAddress)
        where room > 0
        select (member.SiloAddress, room);

    private SiloId? IdOf(SiloAddress address) =>
        catalog.Find(address) is { } card && string.Equals(card.WorkerGroup, engine.Value.WorkerGroup, StringComparison.Ordinal) && card.HasAll(functions.Names)
            ? card.Id
            : null;

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Count} executions could not be dealt out; they are found again.")]
    private static partial void LogNotAssigned(ILogger logger, int count, Exception exception);
}
