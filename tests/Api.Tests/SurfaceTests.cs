using System.Net;
using System.Text.Json;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class SurfaceTests : ApiTest
{
    private const string Minimal = """{"metadata":{"name":"x"},"spec":{"function":"hello"}}""";

    [Theory]
    [InlineData("/")]
    [InlineData("/nothing/here")]
    [InlineData("/apis/apps/v1/deployments")]
    [InlineData(Root + "/pods")]
    [InlineData(Executions + "/x/logs")]
    public async Task UnknownPath_IsAStatus(string path) => await ErrorAsync(await GetAsync(path), 404, "NotFound");

    [Theory]
    [InlineData("PUT", Executions, "GET, HEAD, POST, DELETE")]
    [InlineData("POST", Executions + "/x", "GET, HEAD, PUT, PATCH, DELETE")]
    [InlineData("PATCH", Executions + "/x/status", "GET, HEAD")]
    [InlineData("DELETE", Root + "/executions", "GET, HEAD")]
    [InlineData("PATCH", Root + "/namespaces/default/suspensions/x.a", "GET, HEAD")]
    [InlineData("POST", Root + "/functions", "GET, HEAD")]
    [InlineData("DELETE", Root + "/silos/a", "GET, HEAD")]
    [InlineData("GET", Executions + "/x/cancel", "POST")]
    [InlineData("POST", "/healthz", "GET, HEAD")]
    [InlineData("OPTIONS", Executions, "GET, HEAD, POST, DELETE")]
    public async Task WrongMethod_IsAStatusThatSaysWhichAreRight(string method, string path, string allowed)
    {
        HttpResponseMessage response = await SendAsync(new HttpMethod(method), path);
        ErrorStatus status = await ErrorAsync(response, 405, "MethodNotAllowed");
        Assert.Contains(allowed, status.Message, StringComparison.Ordinal);
        Assert.Equal(allowed, string.Join(", ", response.Content.Headers.Allow));
    }

    [Theory]
    [InlineData("/api", "APIVersions")]
    [InlineData("/apis", "APIGroupList")]
    [InlineData("/apis/kontinue.cloud", "APIGroup")]
    [InlineData(Root, "APIResourceList")]
    public async Task Discovery_IsJsonOfItsKind(string path, string kind)
    {
        using JsonDocument document = JsonDocument.Parse(await (await GetAsync(path)).Content.ReadAsStringAsync());
        Assert.Equal(kind, document.RootElement.GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Health_FollowsTheHost()
    {
        Assert.Equal("ok", await (await GetAsync("/readyz")).Content.ReadAsStringAsync());
        (Client.IsReady, Client.Message) = (false, "The database is away.");
        HttpResponseMessage response = await GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("The database is away.", await response.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/healthz")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/livez")).StatusCode);
        (Client.IsAlive, Client.Message) = (false, "Restart the process.");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await GetAsync("/healthz")).StatusCode);
        HttpResponseMessage dead = await GetAsync("/livez");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, dead.StatusCode);
        Assert.Equal("Restart the process.", await dead.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task Change_FromAnotherOrigin_IsForbidden(string header, string value)
    {
        await ErrorAsync(await SendAsync(HttpMethod.Post, Executions, Minimal, also: r => r.Headers.Add(header, value)), 403, "Forbidden");
        await ErrorAsync(await SendAsync(HttpMethod.Post, Executions + "/x/cancel", also: r => r.Headers.Add(header, value)), 403, "Forbidden");
    }

    [Fact]
    public async Task Change_FromOwnOrigin_IsAllowed()
    {
        HttpResponseMessage response = await SendAsync(
            HttpMethod.Post, Executions, Minimal, also: r => r.Headers.Add("Origin", Server.Address.AbsoluteUri.TrimEnd('/')));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    [Theory]
    [InlineData("evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("localhost:1234", true)]
    [InlineData("[::1]:1234", true)]
    [InlineData("kontinue.localhost", true)]
    public async Task HostHeader_OverLoopback_MustBeALoopbackName(string host, bool allowed)
    {
        HttpResponseMessage response = await SendAsync(HttpMethod.Get, Executions, also: r => r.Headers.Host = host);
        if (allowed)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        else
        {
            await ErrorAsync(response, 403, "Forbidden");
        }
    }

    [Fact]
    public async Task Options_HostsAndOrigins_AreAllowed()
    {
        await using ApiServer server = await ApiServer.StartAsync(o =>
        {
            o.AllowedHosts.Add("ops.example");
            o.AllowedOrigins.Add("https://ops.example/");
        });
        HttpResponseMessage response = await SendAsync(server, HttpMethod.Post, Executions, Minimal, also: r =>
        {
            r.Headers.Host = "ops.example";
            r.Headers.Add("Origin", "https://ops.example");
        });
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    [Fact]
    public async Task Options_Group_IsUsedInPathsAndObjects()
    {
        await using ApiServer server = await ApiServer.StartAsync(o => o.Group = "durable.example.com");
        HttpResponseMessage response = await SendAsync(
            server, HttpMethod.Post, "/apis/durable.example.com/v1alpha1/namespaces/default/executions",
            """{"apiVersion":"durable.example.com/v1alpha1","metadata":{"name":"x"},"spec":{"function":"hello"}}""");
        Execution created = await ReadAsync<Execution>(response, HttpStatusCode.Created);
        Assert.Equal("durable.example.com/v1alpha1", created.ApiVersion);
        await ErrorAsync(await SendAsync(server, HttpMethod.Get, Executions), 404, "NotFound");
    }

    [Fact]
    public async Task Options_Payload_SetsTheBodyLimit()
    {
        await using ApiServer server = await ApiServer.StartAsync(o => o.BodyHeadroomBytes = 1024, h => h.MaxPayloadBytes = 2048);
        string body = $$$$"""{"metadata":{"name":"x"},"spec":{"function":"a","arguments":{"a":"{{{{new string('x', 4000)}}}}"}}}""";
        await ErrorAsync(await SendAsync(server, HttpMethod.Post, Executions, body), 413, "RequestEntityTooLarge");
    }
}
