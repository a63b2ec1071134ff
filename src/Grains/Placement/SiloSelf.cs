using Kontinue.Engine;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Hosting;
using Microsoft.Extensions.Options;

namespace Kontinue.Grains.Placement;

/// <summary>What this silo says of itself.</summary>
internal sealed class SiloSelf(ILocalSilo silo, FunctionRegistry functions, IOptions<KontinueOptions> options)
{
    /// <summary>Whether this silo can run a function, if it is to be of a group.</summary>
    public bool Has(string function, string? group) =>
        functions.TryGet(function, out _) && (group is null || string.Equals(group, options.Value.WorkerGroup, StringComparison.Ordinal));

    public Dictionary<string, string> Describe() => new(StringComparer.Ordinal)
    {
        [SiloCatalog.IdKey] = silo.Id.ToString(),
        [SiloCatalog.GroupKey] = options.Value.WorkerGroup,
        [SiloCatalog.FunctionsKey] = string.Join(SiloCatalog.Separator, functions.Names),
    };
}
