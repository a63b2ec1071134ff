using Kontinue.Api.Responses;
using Microsoft.Net.Http.Headers;

namespace Kontinue.Api.Requests;

/// <summary>The media types of bodies.</summary>
internal static class BodyFormat
{
    /// <summary>What resources and actions may be written in.</summary>
    public static IReadOnlyList<string> Plain { get; } = ["application/json", "application/yaml"];

    /// <summary>Whether a media type is read as YAML.</summary>
    public static bool IsYaml(string mediaType) => mediaType.EndsWith("yaml", StringComparison.Ordinal);

    /// <summary>
    /// The media type that a header names, out of those allowed. Without a header it is the first one, as in Kubernetes: kubectl sends
    /// none with <c>create --raw</c>. That web pages of others cannot make use of it is the origin gate's part.
    /// </summary>
    /// <exception cref="ApiException">415: it names another one, or another encoding than UTF-8.</exception>
    public static string Of(string? header, IReadOnlyList<string> allowed)
    {
        if (header is null || string.Equals(header, allowed[0], StringComparison.Ordinal))
        {
            return allowed[0];
        }

        if (!MediaTypeHeaderValue.TryParse(header, out MediaTypeHeaderValue? given) ||
            (given.Charset.HasValue && !HeaderUtilities.RemoveQuotes(given.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            throw new ApiException(StatusFactory.UnsupportedMediaType(header, allowed));
        }

        return allowed.FirstOrDefault(type => given.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase))
            ?? throw new ApiException(StatusFactory.UnsupportedMediaType(header, allowed));
    }
}
