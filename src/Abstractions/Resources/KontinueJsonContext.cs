using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kontinue.Resources;

/// <summary>The resources' serialization code, made at build time, so that neither server nor client reflects on a request's path.</summary>
[JsonSerializable(typeof(Execution))]
[JsonSerializable(typeof(ExecutionList))]
[JsonSerializable(typeof(JournalPage))]
[JsonSerializable(typeof(ErrorStatus))]
[JsonSerializable(typeof(ResumeRequest))]
[JsonSerializable(typeof(CancelRequest))]
[JsonSerializable(typeof(EventRequest))]
public sealed partial class KontinueJsonContext : JsonSerializerContext
{
    /// <summary>For requests: names as written, nothing unknown, nothing twice, no numbers in strings.</summary>
    public static KontinueJsonContext Strict { get; } = new(Create(strict: true));

    /// <summary>For answers, and for reading those of a server that may be newer: unknown fields are passed over.</summary>
    public static KontinueJsonContext Tolerant { get; } = new(Create(strict: false));

    private static JsonSerializerOptions Create(bool strict) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = strict ? JsonUnmappedMemberHandling.Disallow : JsonUnmappedMemberHandling.Skip,
        AllowDuplicateProperties = !strict,
        RespectNullableAnnotations = strict,
        Converters =
        {
            new JsonStringEnumConverter<ExecutionPhase>(allowIntegerValues: false),
            new JsonStringEnumConverter<ErrorKind>(allowIntegerValues: false),
            new JsonStringEnumConverter<ChildPolicy>(allowIntegerValues: false),
        },
    };
}
