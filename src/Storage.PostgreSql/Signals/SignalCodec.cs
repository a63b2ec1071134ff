using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kontinue.Engine.Signals;
using Kontinue.Engine.Storage;

namespace Kontinue.Storage.PostgreSql.Signals;

/// <summary>Hints as they travel: JSON arrays of their kind and what they name. What another version sends in another form is passed over.</summary>
internal static class SignalCodec
{
    public static string Write(in Signal signal)
    {
        string kind = ((int)signal.Kind).ToString(CultureInfo.InvariantCulture);
        ExecutionKey key = signal.Execution;
        string[] parts = signal.Kind switch
        {
            SignalKind.Awaited => [kind, key.Namespace, key.Name, signal.Silo.Value.ToString("N")],
            SignalKind.Told or SignalKind.Ended => [kind, key.Namespace, key.Name],
            _ => signal.Name is { } name ? [kind, name] : [kind],
        };
        return JsonSerializer.Serialize(parts, SignalJsonContext.Default.StringArray);
    }

    public static IReadOnlyList<Signal> Read(string payload)
    {
        try
        {
            string[][] all = JsonSerializer.Deserialize(payload, SignalJsonContext.Default.StringArrayArray) ?? [];
            var signals = new List<Signal>(all.Length);
            foreach (string[] parts in all)
            {
                if (TryRead(parts, out Signal signal))
                {
                    signals.Add(signal);
                }
            }

            return signals;
        }
        catch (JsonException)
        {
            return [];
        }
    }

    [SuppressMessage("Style", "IDE0072:Add missing cases", Justification = "Kinds that are not known have no case.")]
    private static bool TryRead(string[] parts, out Signal signal)
    {
        signal = parts switch
        {
            ["1", var ns, var name] => Signal.Told(new ExecutionKey(ns, name)),
            ["2", var ns, var name, var silo] when Guid.TryParseExact(silo, "N", out Guid id) =>
                Signal.Awaited(new ExecutionKey(ns, name), new SiloId(id)),
            ["3", var ns, var name] => Signal.Ended(new ExecutionKey(ns, name), default),
            ["4"] => Signal.Backlog(null),
            ["4", var group] => Signal.Backlog(group),
            ["5", var semaphore] => Signal.Freed(semaphore),
            _ => default,
        };
        return signal.Kind != default;
    }
}

[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(string[][]))]
internal sealed partial class SignalJsonContext : JsonSerializerContext;
