using System.Collections.Concurrent;
using Kontinue.Engine.Storage;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Kontinue.Grains.Placement;

/// <summary>What the silos of the cluster have said of themselves, by their metadata.</summary>
internal sealed class SiloCatalog(ISiloMetadataCache metadata)
{
    public const string IdKey = "kontinue.silo";
    public const string GroupKey = "kontinue.group";
    public const string FunctionsKey = "kontinue.functions";
    public const string TimingsKey = "kontinue.membership";
    public const string NameKey = "kontinue.name";
    public const string JobsKey = "kontinue.jobs";
    public const char Separator = ',';

    private readonly ConcurrentDictionary<SiloAddress, SiloCard> _cards = new();

    /// <summary>What a silo has said; null when that is not known, or when it is none of Kontinue's.</summary>
    public SiloCard? Find(SiloAddress silo)
    {
        if (_cards.TryGetValue(silo, out SiloCard? card))
        {
            return card;
        }

        return Learn(silo, metadata.GetSiloMetadata(silo).Metadata);
    }

    /// <summary>A silo has said who it is.</summary>
    /// <returns>What it has said; null when it is none of Kontinue's.</returns>
    public SiloCard? Learn(SiloAddress silo, IReadOnlyDictionary<string, string> said)
    {
        if (!said.TryGetValue(IdKey, out string? id) || !Guid.TryParse(id, out Guid uid))
        {
            return null;
        }

        return _cards[silo] = new SiloCard(
            new SiloId(uid), said.GetValueOrDefault(GroupKey, ""),
            said.GetValueOrDefault(FunctionsKey, "").Split(Separator, StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal),
            said.GetValueOrDefault(TimingsKey, ""))
        {
            Name = said.GetValueOrDefault(NameKey, ""), RunsJobs = said.ContainsKey(JobsKey),
        };
    }

    /// <summary>A silo is dead and will not come again under that address.</summary>
    /// <returns>What it had said; null when nobody asked for that while it lived, or when it is forgotten already.</returns>
    public SiloCard? Forget(SiloAddress silo) => _cards.TryRemove(silo, out SiloCard? card) ? card : null;
}

/// <summary>What a silo says of itself.</summary>
/// <param name="Id">Its id in the store.</param>
/// <param name="WorkerGroup">Its group.</param>
/// <param name="Functions">What it can run.</param>
/// <param name="Timings">How soon it notices that others are gone; empty when it does not say.</param>
internal sealed record SiloCard(SiloId Id, string WorkerGroup, IReadOnlySet<string> Functions, string Timings)
{
    /// <summary>Its name, which a silo keeps over restarts.</summary>
    public string Name { get; init; } = "";

    /// <summary>Whether it is one of those that run the cluster's jobs.</summary>
    public bool RunsJobs { get; init; }

    /// <summary>Whether it has all that the other one has.</summary>
    public bool HasAll(IReadOnlyCollection<string> functions) => functions.All(Functions.Contains);

    public bool Has(string function, string? group) =>
        Functions.Contains(function) && (group is null || string.Equals(group, WorkerGroup, StringComparison.Ordinal));
}
