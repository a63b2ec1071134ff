using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Kontinue.Api.Responses;

/// <summary>A document that never changes while the server runs: written once, and not sent again to who has it.</summary>
internal sealed class FixedDocument
{
    private readonly byte[] _utf8;
    private readonly string _contentType;
    private readonly string _tag;

    public FixedDocument(JsonNode content, string contentType = "application/json")
    {
        _utf8 = JsonSerializer.SerializeToUtf8Bytes(content, Writing);
        _contentType = contentType;
        Hash = Convert.ToHexString(SHA256.HashData(_utf8));
        _tag = $"\"{Hash}\"";
    }

    /// <summary>Tells this content from any other.</summary>
    public string Hash { get; }

    private static JsonSerializerOptions Writing { get; } = new() { Encoder = KontinueJsonContext.Writing.Options.Encoder };

    /// <summary>Answers with the document, or with 304 when the caller has it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="isImmutable">Whether the request's address names this very content, so that nobody need ask again.</param>
    public Task AnswerAsync(HttpContext context, bool isImmutable = false)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ETag = _tag;
        headers.Vary = "Accept";
        headers.CacheControl = isImmutable ? "public, max-age=31536000, immutable" : "no-cache";
        if (!IsKnown(context.Request.Headers.IfNoneMatch))
        {
            return Answer.BytesAsync(context, _utf8, _contentType);
        }

        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return Task.CompletedTask;
    }

    private bool IsKnown(StringValues given) => given.Any(header => header is not null && header.Split(',', StringSplitOptions.TrimEntries)
        .Any(tag => tag is "*" || string.Equals(tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag, _tag, StringComparison.Ordinal)));
}
