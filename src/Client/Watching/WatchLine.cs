using System.Buffers;
using System.Net;
using System.Text.Json;
using Kontinue.Client.Transport;
using Kontinue.Resources;

namespace Kontinue.Client.Watching;

/// <summary>Reads <c>{"type": ..., "object": ...}</c>.</summary>
internal static class WatchLine
{
    private const string InitialEnd = "k8s.io/initial-events-end";

    /// <summary>Whether a line has nothing but white space.</summary>
    public static bool IsBlank(ReadOnlySequence<byte> line)
    {
        foreach (ReadOnlyMemory<byte> segment in line)
        {
            if (segment.Span.IndexOfAnyExcept(" \t\r"u8) >= 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads a line.</summary>
    /// <exception cref="KontinueException">The server says that the watch cannot go on, or it is none.</exception>
    /// <exception cref="AttemptFailedException">The server says that another attempt may fare better.</exception>
    public static ExecutionEvent Parse(ReadOnlySequence<byte> line)
    {
        try
        {
            (string? type, ReadOnlySequence<byte> content) = Split(line);
            return type switch
            {
                "ADDED" => Change(ExecutionEventType.Added, content),
                "MODIFIED" => Change(ExecutionEventType.Modified, content),
                "DELETED" => Change(ExecutionEventType.Deleted, content),
                "BOOKMARK" => Bookmark(Read<OnlyMetadata>(content).Metadata),
                "ERROR" => throw StatusErrors.ToException(Read<ErrorStatus>(content)),
                _ => throw new JsonException($"'{type}' is no type of an event."),
            };
        }
        catch (JsonException e)
        {
            throw StatusErrors.NotAnApi(HttpStatusCode.OK, e);
        }
    }

    private static (string? Type, ReadOnlySequence<byte> Content) Split(ReadOnlySequence<byte> line)
    {
        string? type = null;
        ReadOnlySequence<byte> content = default;
        var reader = new Utf8JsonReader(line);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An event must be a JSON object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isType = reader.ValueTextEquals("type"u8);
            bool isObject = reader.ValueTextEquals("object"u8);
            reader.Read();
            long start = reader.TokenStartIndex;
            if (isType)
            {
                type = reader.GetString();
            }

            reader.Skip();
            if (isObject)
            {
                content = line.Slice(start, reader.BytesConsumed - start);
            }
        }

        return (type, content);
    }

    private static T Read<T>(ReadOnlySequence<byte> content)
    {
        var reader = new Utf8JsonReader(content);
        return JsonSerializer.Deserialize(ref reader, ResourceJson.Tolerant<T>()) ?? throw new JsonException("An event has no object.");
    }

    private static ExecutionEvent Change(ExecutionEventType type, ReadOnlySequence<byte> content)
    {
        Execution execution = Read<Execution>(content);
        return new ExecutionEvent(type, execution, VersionOf(execution.Metadata));
    }

    private static ExecutionEvent Bookmark(ObjectMetadata metadata)
    {
        string? end = null;
        _ = metadata.Annotations?.TryGetValue(InitialEnd, out end);
        return new ExecutionEvent(ExecutionEventType.Bookmark, Execution: null, VersionOf(metadata)) { IsInitialEnd = end is "true" };
    }

    private static string VersionOf(ObjectMetadata metadata) =>
        metadata.ResourceVersion ?? throw new JsonException("An event's object has no metadata.resourceVersion.");

    /// <summary>What a bookmark has of an object.</summary>
    private sealed record OnlyMetadata
    {
        public required ObjectMetadata Metadata { get; init; }
    }
}
