using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Kontinue.Api.Responses;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Kontinue.Api.Requests;

/// <summary>Reads a request's JSON body: bounded, strict, and with a diagnosis when it does not fit.</summary>
internal sealed class BodyReader(int maxBytes)
{
    /// <summary>Reads a body.</summary>
    /// <param name="context">The request.</param>
    /// <param name="type">How to read it.</param>
    /// <param name="shape">What it should look like, for the diagnosis.</param>
    /// <param name="whenEmpty">The value of an empty body; null: a body is required.</param>
    public async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type, Shape shape, T? whenEmpty = null)
        where T : class
    {
        HttpRequest request = context.Request;
        bool typed = CheckContentType(request);
        if (request.ContentLength > maxBytes)
        {
            throw new ApiException(StatusFactory.BodyTooLarge(maxBytes));
        }

        PipeReader reader = request.BodyReader;
        while (true)
        {
            ReadResult read = await reader.ReadAsync(context.RequestAborted);
            if (read.Buffer.Length > maxBytes)
            {
                reader.AdvanceTo(read.Buffer.End);
                throw new ApiException(StatusFactory.BodyTooLarge(maxBytes));
            }

            if (!read.IsCompleted)
            {
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            try
            {
                return read.Buffer.IsEmpty
                    ? whenEmpty ?? throw new ApiException(StatusFactory.BadRequest("The request needs a JSON body."))
                    : typed ? Parse(read.Buffer, type, shape) : throw new ApiException(StatusFactory.UnsupportedMediaType(given: null));
            }
            finally
            {
                reader.AdvanceTo(read.Buffer.End);
            }
        }
    }

    /// <summary>Whether a content type is given; throws when it is another one than JSON in UTF-8.</summary>
    private static bool CheckContentType(HttpRequest request)
    {
        string? given = request.ContentType;
        if (given is null or "application/json")
        {
            return given is not null;
        }

        return MediaTypeHeaderValue.TryParse(given, out MediaTypeHeaderValue? type) &&
            type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) &&
            (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            ? true
            : throw new ApiException(StatusFactory.UnsupportedMediaType(given));
    }

    private static T Parse<T>(ReadOnlySequence<byte> buffer, JsonTypeInfo<T> type, Shape shape)
        where T : class
    {
        ReadOnlySpan<byte> utf8 = buffer.IsSingleSegment ? buffer.FirstSpan : buffer.ToArray();
        utf8 = utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
        if (!Utf8.IsValid(utf8))
        {
            throw new ApiException(StatusFactory.BadRequest("The body is not valid UTF-8."));
        }

        try
        {
            return JsonSerializer.Deserialize(utf8, type)
                ?? throw new ApiException(StatusFactory.BadRequest("The body must be a JSON object, not null."));
        }
        catch (JsonException e)
        {
            throw new ApiException(BodyDiagnosis.Explain(utf8.ToArray(), shape, e));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new ApiException(BodyDiagnosis.NotUnicode);
        }
    }
}
