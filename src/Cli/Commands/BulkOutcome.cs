using System.Text.Json.Nodes;
using Kontinue.Cli.Output;

namespace Kontinue.Cli.Commands;

/// <summary>What became of one of several.</summary>
/// <param name="Key">The execution.</param>
/// <param name="Done">What was done.</param>
/// <param name="Error">Why it was not; null: it was.</param>
internal sealed record BulkOutcome(ExecutionKey Key, string Done, string? Error)
{
    public static void WriteJson(CliConsole console, IEnumerable<BulkOutcome> outcomes)
    {
        var items = new JsonArray([.. outcomes.Select(o => (JsonNode)new JsonObject
        {
            ["namespace"] = o.Key.Namespace, ["name"] = o.Key.Name, ["done"] = o.Error is null ? o.Done : null, ["error"] = o.Error,
        })]);
        JsonOutput.Write(console.Out, JsonPayload.Parse(new JsonObject { ["items"] = items }.ToJsonString()), indented: true);
    }
}
