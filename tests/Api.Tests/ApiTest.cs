using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Api.Tests;

/// <summary>A server per test, and short ways to ask it.</summary>
public abstract class ApiTest : IAsyncLifetime
{
    protected const string Root = "/apis/kontinue.cloud/v1alpha1";
    protected const string Executions = Root + "/namespaces/default/executions";

    private protected ApiServer Server { get; private set; } = null!;

    private protected FakeClient Client => Server.Client;

    public async Task InitializeAsync() => Server = await ApiServer.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();

    private protected Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? body = null, string? contentType = "application/json", Action<HttpRequestMessage>? also = null) =>
        SendAsync(Server, method, path, body, contentType, also);

    private protected static async Task<HttpResponseMessage> SendAsync(
        ApiServer server, HttpMethod method, string path, string? body = null, string? contentType = "application/json", Action<HttpRequestMessage>? also = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        }

        also?.Invoke(request);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return await server.Http.SendAsync(request, deadline.Token);
    }

    private protected Task<HttpResponseMessage> PostAsync(string path, string? body = null) => SendAsync(HttpMethod.Post, path, body);

    private protected Task<HttpResponseMessage> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    /// <summary>Checks that an answer is an error in the one form that errors have.</summary>
    private protected static async Task<ErrorStatus> ErrorAsync(HttpResponseMessage response, int code, string reason)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(code == (int)response.StatusCode, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        ErrorStatus status = JsonSerializer.Deserialize(text, ResourceJson.Tolerant<ErrorStatus>())!;
        Assert.Equal("Status", status.Kind);
        Assert.Equal("v1", status.ApiVersion);
        Assert.Equal("Failure", status.Status);
        Assert.Equal(reason, status.Reason);
        Assert.Equal(code, status.Code);
        Assert.False(string.IsNullOrEmpty(status.Message));
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        return status;
    }

    private protected static async Task<T> ReadAsync<T>(HttpResponseMessage response, HttpStatusCode code = HttpStatusCode.OK)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(code == response.StatusCode, $"{(int)response.StatusCode}: {text}");
        return JsonSerializer.Deserialize(text, ResourceJson.Tolerant<T>())!;
    }
}
