using System.Text;

namespace Kontinue.EndToEnd.Tests.Fuzz;

/// <summary>One request, as it is sent.</summary>
/// <param name="Caller">Whose token it carries, if it is exactly one that there is.</param>
internal sealed record FuzzRequest(
    string Method, string Target, IReadOnlyList<(string Name, string Value)> Headers, string? ContentType, byte[]? Body, string? Caller)
{
    public HttpRequestMessage ToMessage(Uri server)
    {
        var message = new HttpRequestMessage(new HttpMethod(Method), new Uri(server + Target.TrimStart('/'), new UriCreationOptions
        {
            // Dots and escapes are to arrive as they were made.
            DangerousDisablePathAndQueryCanonicalization = true,
        }));
        foreach ((string name, string value) in Headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        if (Body is not null)
        {
            message.Content = new ByteArrayContent(Body);
            if (ContentType is not null)
            {
                message.Content.Headers.TryAddWithoutValidation("Content-Type", ContentType);
            }
        }

        return message;
    }

    public override string ToString() =>
        $"{Method} {Target}\n{string.Concat(Headers.Select(h => $"{h.Name}: {h.Value}\n"))}Content-Type: {ContentType}\n" +
        (Body is null ? "" : Body.Length > 2000 ? $"({Body.Length} bytes) {Encoding.UTF8.GetString(Body, 0, 2000)}" : Encoding.UTF8.GetString(Body));
}
