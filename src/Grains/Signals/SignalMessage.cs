using System.Runtime.InteropServices;
using Kontinue.Engine.Signals;
using Kontinue.Engine.Storage;

namespace Kontinue.Grains.Signals;

/// <summary>A hint on its way.</summary>
[GenerateSerializer]
[Immutable]
[Alias("kontinue.signal")]
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SignalMessage(
    [property: Id(0)] int Kind, [property: Id(1)] string? Namespace, [property: Id(2)] string? Execution, [property: Id(3)] string? Name,
    [property: Id(4)] Guid Silo)
{
    public static SignalMessage Of(in Signal signal) =>
        new((int)signal.Kind, signal.Execution.Namespace, signal.Execution.Name, signal.Name, signal.Silo.Value);

    public Signal ToSignal() => new((SignalKind)Kind, new ExecutionKey(Namespace ?? "", Execution ?? ""), Name, new SiloId(Silo));
}
