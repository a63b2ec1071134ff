using System.Text.Json;
using System.Text.Json.Serialization;
using Kontinue.Resources;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Serialization.Cloning;

namespace Kontinue.Grains.Client.Serialization;

/// <summary>
/// How Kontinue's resources travel between silos and clients: as the same JSON as over HTTP, but for single executions, of which there are most.
/// </summary>
public static class KontinueSerializerExtensions
{
    /// <summary>Adds what the calls of Kontinue's grains need, to a silo or a client.</summary>
    public static IServiceCollection AddKontinueSerialization(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton<IGeneralizedCopier, ResourceCopier>();
        return services.AddSerializer(static serializer => serializer.AddJsonSerializer(static type => type != typeof(Execution) && IsResource(type), CreateJson()));
    }

    /// <summary>What is not known here, as in what a newer version sends, is passed over.</summary>
    internal static JsonSerializerOptions CreateJson()
    {
        var json = new JsonSerializerOptions(ResourceJson.Tolerant<Execution>().Options);
        json.Converters.Add(new SetConverter());
        return json;
    }

    /// <summary>Resources, requests and queries; errors and keys have codecs of their own.</summary>
    internal static bool IsResource(Type type) =>
        type.Assembly == typeof(Execution).Assembly && !typeof(Exception).IsAssignableFrom(type) && !type.IsValueType &&
        (type.Namespace is "Kontinue.Resources" or "Kontinue.Client" || type == typeof(JobResult));

    /// <summary>A query's phases: the one thing that is sent here and not over HTTP as JSON.</summary>
    private sealed class SetConverter : JsonConverter<IReadOnlySet<ExecutionPhase>>
    {
        public override IReadOnlySet<ExecutionPhase>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            JsonSerializer.Deserialize<HashSet<ExecutionPhase>>(ref reader, options);

        public override void Write(Utf8JsonWriter writer, IReadOnlySet<ExecutionPhase> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.ToArray(), options);
    }

    /// <summary>They cannot be changed, so calls within a silo hand over the same object.</summary>
    private sealed class ResourceCopier : IGeneralizedCopier
    {
        public bool IsSupportedType(Type type) => IsResource(type);

        public object? DeepCopy(object? input, CopyContext context) => input;
    }
}
