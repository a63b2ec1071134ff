using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Responses;

/// <summary>Writes answers. A value is serialized whole before the first byte leaves, so that a failure can still become a <c>Status</c>.</summary>
internal static class Answer
{
    private const string Json = "application/json";

    /// <summary>What a thread keeps for its next answer at most.</summary>
    private const int MaxKeptBytes = 256 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    public static Task JsonAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, int code = StatusCodes.Status200OK)
    {
        ArrayBufferWriter<byte> buffer = _buffer ??= new ArrayBufferWriter<byte>(4096);
        Utf8JsonWriter writer = _writer ??= new Utf8JsonWriter(buffer, new JsonWriterOptions
        {
            SkipValidation = true, Encoder = KontinueJsonContext.Writing.Options.Encoder,
        });
        buffer.ResetWrittenCount();
        writer.Reset(buffer);
        JsonSerializer.Serialize(writer, value, type);
        writer.Flush();
        Task sent = BytesAsync(context, buffer.WrittenMemory, Json, code);
        if (buffer.Capacity > MaxKeptBytes)
        {
            (_buffer, _writer) = (null, null);
        }

        return sent;
    }

    /// <summary>Sends bytes; they are copied before this returns.</summary>
    public static Task BytesAsync(HttpContext context, ReadOnlyMemory<byte> bytes, string contentType = Json, int code = StatusCodes.Status200OK)
    {
        HttpResponse response = context.Response;
        response.StatusCode = code;
        response.ContentType = contentType;
        if (bytes.Length > Compression.MinBytes && Compression.IsAccepted(context.Request))
        {
            bytes = Compression.Compress(bytes);
            response.Headers.ContentEncoding = "gzip";
            response.Headers.Append("Vary", "Accept-Encoding");
        }

        response.ContentLength = bytes.Length;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return Task.CompletedTask;
        }

        response.BodyWriter.Write(bytes.Span);
        ValueTask<System.IO.Pipelines.FlushResult> flushed = response.BodyWriter.FlushAsync(context.RequestAborted);
        return flushed.IsCompletedSuccessfully ? Task.CompletedTask : flushed.AsTask();
    }

    public static Task StatusAsync(HttpContext context, ErrorStatus status)
    {
        if (status.Details?.RetryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        return JsonAsync(context, status, KontinueJsonContext.Writing.ErrorStatus, status.Code);
    }
}
