using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;

namespace Kontinue.Grains.Placement;

/// <summary>What this silo knows of silos.</summary>
internal static class LocalSiloExtensions
{
    /// <summary>Whether a silo, this one or another, can answer nothing for executions: it has stopped, or has lost its lease. Not of one that has not been heard of yet.</summary>
    public static bool IsGone(this ILocalSilo silo, SiloId id) => silo.RoomOf(id) < 0;

    /// <summary>Whether this silo can answer nothing for executions.</summary>
    public static bool IsGone(this ILocalSilo silo) => silo.IsGone(silo.Id);
}
