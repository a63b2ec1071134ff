using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kontinue;

/// <summary>How Kontinue reads and writes JSON where nothing else is configured.</summary>
public static class KontinueJson
{
    /// <summary>camelCase, case-insensitive when reading, enums as strings, absent values left out. Read-only.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Converters = { new JsonStringEnumConverter() },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
