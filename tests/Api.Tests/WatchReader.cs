using System.Text.Json;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Testing;

/// <summary>Reads a watch line by line, each within a deadline.</summary>
internal sealed class WatchReader : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private WatchReader(HttpResponseMessage response, Stream body) => (_response, _lines) = (response, new StreamReader(body));

    public static async Task<WatchReader> OpenAsync(ApiServer server, string path, string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        HttpResponseMessage response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Deadline);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}");
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        return new WatchReader(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event.</summary>
    public async Task<(string Type, JsonElement Object)> NextAsync()
    {
        string line = await _lines.ReadLineAsync().WaitAsync(Deadline) ?? throw new InvalidOperationException("The watch has ended; another event was expected.");
        JsonElement root = JsonDocument.Parse(line).RootElement;
        return (root.GetProperty("type").GetString()!, root.GetProperty("object"));
    }

    /// <summary>The next event as its type, the resource's name and its version.</summary>
    public async Task<string> NextLineAsync()
    {
        (string type, JsonElement resource) = await NextAsync();
        JsonElement metadata = resource.GetProperty("metadata");
        string name = metadata.TryGetProperty("name", out JsonElement given) ? " " + given.GetString() : "";
        return $"{type}{name} {metadata.GetProperty("resourceVersion").GetString()}";
    }

    public async Task<ErrorStatus> NextErrorAsync()
    {
        (string type, JsonElement status) = await NextAsync();
        Assert.Equal("ERROR", type);
        return status.Deserialize(ResourceJson.Tolerant<ErrorStatus>())!;
    }

    /// <summary>Checks that the watch has ended, cleanly.</summary>
    public async Task EndAsync() => Assert.Null(await _lines.ReadLineAsync().WaitAsync(Deadline));

    public ValueTask DisposeAsync()
    {
        _lines.Dispose();
        _response.Dispose();
        return ValueTask.CompletedTask;
    }
}
