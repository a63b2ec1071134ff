using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kontinue.Resources;

namespace Kontinue.Client.Transport;

/// <summary>When a request may be sent again after a failure of the connection.</summary>
internal enum Resend
{
    /// <summary>Sending it twice is the same as sending it once.</summary>
    Always,

    /// <summary>Only when the server has surely done nothing.</summary>
    IfNotAccepted,
}

/// <summary>Makes a value of an answer.</summary>
internal delegate T AnswerReader<out T>(ReadOnlySpan<byte> json);

/// <summary>One request, however often it is sent.</summary>
internal sealed class ApiRequest<T>
{
    private static readonly AnswerReader<T> Resource = static json =>
        JsonSerializer.Deserialize(json, ResourceJson.Tolerant<T>()) ?? throw new JsonException("The answer is null.");

    public required HttpMethod Method { get; init; }

    /// <summary>Path and query, relative to the server's address.</summary>
    public required string Path { get; init; }

    /// <summary>What is sent; null: nothing.</summary>
    public byte[]? Body { get; init; }

    public MediaTypeHeaderValue ContentType { get; init; } = MediaTypes.Json;

    /// <summary>How to read the answer. Default: as a resource.</summary>
    public AnswerReader<T> Read { get; init; } = Resource;

    /// <summary>The execution that it is about, for exceptions.</summary>
    public ExecutionKey Key { get; init; }

    public required Resend Resend { get; init; }

    /// <summary>How long the server is asked to wait.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Set when an attempt got no answer although the server may have done what it asked for.</summary>
    public bool WasLost { get; set; }
}

/// <summary>What bodies are.</summary>
internal static class MediaTypes
{
    public static MediaTypeHeaderValue Json { get; } = new("application/json");

    public static MediaTypeHeaderValue JsonPatch { get; } = new("application/json-patch+json");

    /// <summary>What a body is made of: camelCase, absent values left out.</summary>
    public static byte[] Serialize<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);
}
