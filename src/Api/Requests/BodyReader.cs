using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Kontinue.Api.Responses;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Requests;

/// <summary>Reads a request's body, JSON or YAML: bounded, and with a diagnosis when it does not fit.</summary>
internal sealed class BodyReader(int maxBytes)
{
    /// <summary>Reads the body of an action: nothing unknown, nothing twice, because nobody must believe that a misspelled order was followed.</summary>
    /// <param name="context">The request.</param>
    /// <param name="type">How to read it.</param>
    /// <param name="shape">What it should look like, for the diagnosis.</param>
    /// <param name="whenEmpty">The value of an empty body; null: a body is required.</param>
    public async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type, Shape shape, T? whenEmpty = null)
        where T : class =>
        await ReadAsync(context, BodyFormat.Plain, (_, json) => Bind(json, type, shape, FieldValidation.Strict).Value) ?? whenEmpty ?? throw NoBody();

    /// <summary>Reads a resource, by the request's <c>fieldValidation</c>.</summary>
    /// <param name="context">The request.</param>
    /// <param name="shape">What it should look like, for the diagnosis.</param>
    public async Task<ReadBody<T>> ReadResourceAsync<T>(HttpContext context, Shape shape)
        where T : class
    {
        FieldValidation validation = FieldValidationReader.From(context.Request);
        return await ReadAsync(context, BodyFormat.Plain, (_, json) => Bind(json, ResourceJson.Strict<T>(), shape, validation)) ?? throw NoBody();
    }

    /// <summary>Reads a body that is bound later, such as a patch. YAML becomes JSON.</summary>
    /// <param name="context">The request.</param>
    /// <param name="mediaTypes">What it may be; names that end in <c>yaml</c> are read as YAML.</param>
    /// <returns>The media type that was given, and JSON that is not checked any further; null for an empty body.</returns>
    public Task<RawBody?> ReadRawAsync(HttpContext context, IReadOnlyList<string> mediaTypes) =>
        ReadAsync(context, mediaTypes, static (mediaType, json) => new RawBody(mediaType, json.ToArray()));

    /// <summary>Binds JSON to a resource.</summary>
    /// <param name="json">The JSON, such as a resource after a patch.</param>
    /// <param name="shape">What it should look like, for the diagnosis.</param>
    /// <param name="validation">What becomes of unknown and duplicate fields.</param>
    public static ReadBody<T> Bind<T>(ReadOnlyMemory<byte> json, Shape shape, FieldValidation validation)
        where T : class => Bind(json, ResourceJson.Strict<T>(), shape, validation);

    private static ReadBody<T> Bind<T>(ReadOnlyMemory<byte> json, JsonTypeInfo<T> type, Shape shape, FieldValidation validation)
        where T : class
    {
        try
        {
            return new ReadBody<T>(Deserialize(json.Span, type), []);
        }
        catch (JsonException e)
        {
            BodyFindings findings = BodyDiagnosis.Examine(json, shape);
            if (findings.HasFaults)
            {
                throw new ApiException(findings.ToStatus(areStraysFaults: validation == FieldValidation.Strict));
            }

            if (findings.HasStrays && validation == FieldValidation.Strict)
            {
                throw new ApiException(findings.ToStrictStatus());
            }

            return new ReadBody<T>(BindLeniently<T>(json, e), validation == FieldValidation.Warn ? findings.Warnings : []);
        }
    }

    private static T BindLeniently<T>(ReadOnlyMemory<byte> json, JsonException failure)
        where T : class
    {
        try
        {
            return Deserialize(json.Span, ResourceJson.Lenient<T>());
        }
        catch (JsonException)
        {
            throw new ApiException(BodyDiagnosis.Unexplained(failure));
        }
    }

    private static T Deserialize<T>(ReadOnlySpan<byte> utf8, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(utf8, type) ?? throw new ApiException(StatusFactory.BadRequest("The body must be an object, not null."));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new ApiException(BodyDiagnosis.NotUnicode);
        }
    }

    private static ApiException NoBody() => new(StatusFactory.BadRequest("The request needs a body, in JSON or YAML."));

    private async Task<T?> ReadAsync<T>(HttpContext context, IReadOnlyList<string> mediaTypes, Func<string, ReadOnlyMemory<byte>, T> parse)
        where T : class
    {
        HttpRequest request = context.Request;
        string mediaType = BodyFormat.Of(request.ContentType, mediaTypes);
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
                return read.Buffer.IsEmpty ? null : parse(mediaType, ToJson(read.Buffer, mediaType));
            }
            finally
            {
                reader.AdvanceTo(read.Buffer.End);
            }
        }
    }

    private ReadOnlyMemory<byte> ToJson(ReadOnlySequence<byte> buffer, string mediaType)
    {
        ReadOnlyMemory<byte> utf8 = buffer.IsSingleSegment ? buffer.First : buffer.ToArray();
        utf8 = utf8.Span.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
        if (!Utf8.IsValid(utf8.Span))
        {
            throw new ApiException(StatusFactory.BadRequest("The body is not valid UTF-8."));
        }

        return BodyFormat.IsYaml(mediaType) ? YamlBody.ToJson(utf8, maxBytes) : utf8;
    }
}

/// <summary>A body that was read.</summary>
/// <param name="Value">What it says.</param>
/// <param name="Warnings">What the caller should be told, for <see cref="WarningHeaders"/>; such as <c>unknown field "spec.foo"</c>.</param>
internal sealed record ReadBody<T>(T Value, IReadOnlyList<string> Warnings);

/// <summary>A body that is yet to be bound.</summary>
/// <param name="MediaType">Its media type, one of those that were allowed.</param>
/// <param name="Json">The body as JSON; malformed if it was sent so.</param>
internal sealed record RawBody(string MediaType, ReadOnlyMemory<byte> Json);
