using System.Globalization;
using Kontinue.Engine.Storage;
using Kontinue.Resources;

namespace Kontinue.Engine.Requests;

/// <summary>The silos that share the store.</summary>
internal sealed partial class InProcessClient
{
    public async Task<SiloList> ListSilosAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<SiloRow> rows =
            await StoreCall(store.ReadSilosAsync(onlyAlive: false, StoreArguments.MaxLimit, cancellationToken)).ConfigureAwait(false);

        // A name stays over restarts; of its processes the last one is the silo.
        SiloRow[] silos =
        [
            .. rows.GroupBy(row => row.Name, StringComparer.Ordinal)
                .Select(same => same.OrderByDescending(row => row.IsAlive).ThenByDescending(row => row.StartedAt).First())
                .OrderBy(row => row.Name, StringComparer.Ordinal),
        ];
        long version = silos.Length == 0 ? 0 : silos.Max(SiloVersion);
        return new SiloList
        {
            Metadata = new ListMetadata { ResourceVersion = version.ToString(CultureInfo.InvariantCulture) },
            Items = [.. silos.Select(ToResource)],
        };
    }

    private static Silo ToResource(SiloRow row) => new()
    {
        Metadata = new ObjectMetadata
        {
            Name = row.Name,
            Uid = row.Id.Value,
            ResourceVersion = SiloVersion(row).ToString(CultureInfo.InvariantCulture),
            CreationTimestamp = row.StartedAt,
        },
        Spec = new SiloSpec { WorkerGroup = row.WorkerGroup, Version = row.Version.Length > 0 ? row.Version : null, Capacity = row.Capacity },
        Status = new SiloStatus
        {
            Phase = row.HasStopped ? SiloPhase.Stopped : row.IsAlive ? SiloPhase.Ready : SiloPhase.Lost,
            Executing = row.IsAlive ? row.Load.Executing : 0,
            Resident = row.IsAlive ? row.Load.Resident : 0,
            Steps = row.IsAlive ? row.Load.Steps : 0,
            LeaseUntil = row.LeaseUntil,
            RenewedAt = row.RenewedAt,
        },
    };

    /// <summary>
    /// When the row last became what it is, in microseconds of the store's clock, which all its times are of. A silo is lost without a
    /// write: at the moment when its lease is over.
    /// </summary>
    private static long SiloVersion(SiloRow row)
    {
        DateTimeOffset at = row.IsAlive || row.LeaseUntil < row.RenewedAt ? row.RenewedAt : row.LeaseUntil;
        return (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
    }
}
