using Kontinue.Engine;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Hosting;
using Microsoft.Extensions.Options;

namespace Kontinue.Grains.Placement;

/// <summary>What this silo says of itself.</summary>
internal sealed class SiloSelf(ILocalSilo silo, FunctionRegistry functions, IOptions<KontinueOptions> options)
{
    public Dictionary<string, string> Describe() => new(StringComparer.Ordinal)
    {
        [SiloCatalog.IdKey] = silo.Id.ToString(),
        [SiloCatalog.GroupKey] = options.Value.WorkerGroup,
        [SiloCatalog.FunctionsKey] = string.Join(SiloCatalog.Separator, functions.Names),
    };
}
