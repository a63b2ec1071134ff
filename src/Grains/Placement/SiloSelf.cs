using Kontinue.Engine;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Kontinue.Grains.Placement;

/// <summary>What this silo says of itself.</summary>
internal sealed class SiloSelf(
    ILocalSilo silo, FunctionRegistry functions, IOptions<KontinueOptions> options, IOptions<ClusterMembershipOptions> membership,
    IOptions<GrainOptions> grains, IEnumerable<CardEntry> more)
{
    public string Timings => MembershipTimings.Describe(membership.Value, grains.Value);

    /// <summary>Whether this silo can run a function, if it is to be of a group.</summary>
    public bool Has(string function, string? group) =>
        functions.TryGet(function, out _) && (group is null || string.Equals(group, options.Value.WorkerGroup, StringComparison.Ordinal));

    public Dictionary<string, string> Describe()
    {
        var card = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [SiloCatalog.IdKey] = silo.Id.ToString(),
            [SiloCatalog.NameKey] = options.Value.SiloName,
            [SiloCatalog.GroupKey] = options.Value.WorkerGroup,
            [SiloCatalog.FunctionsKey] = string.Join(SiloCatalog.Separator, functions.Names),
            [SiloCatalog.TimingsKey] = Timings,
        };
        foreach (CardEntry entry in more)
        {
            card[entry.Key] = entry.Value;
        }

        return card;
    }
}
