using System.Net;
using System.Text;
using Kontinue.Api.Access;
using Kontinue.Testing;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Kontinue.Api.Tests;

/// <summary>What is written down of changes and refusals.</summary>
public sealed class AccessAuditTests : IAsyncLifetime
{
    private const string Root = "/apis/kontinue.cloud/v1alpha1";
    private const string Shop = Root + "/namespaces/shop/executions";

    private readonly TestFiles _files = new();
    private AccessServer _server = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        string file = _files.Write("tokens.json", $$"""
            {"tokens": [{"name": "alice \"a\"", "sha256": "{{AccessServer.Hash("t0psecret")}}", "groups": ["ops", "devs"],
              "bindings": [{"namespace": "shop", "role": "operator"}]}]}
            """);
        _server = await AccessServer.StartAsync(o => (o.Access.Mode, o.Access.TokensFile) = (AccessMode.Tokens, file));
        _http = _server.Connect("t0psecret");
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        _files.Dispose();
    }

    [Fact]
    public async Task Change_IsALine_WithoutWhatWasSent()
    {
        await SendAsync("POST", Shop + "/x/cancel", """{"reason":"pr1vate"}""");
        LogLine line = await LineAsync();
        Assert.Equal(LogLevel.Information, line.Level);
        Assert.StartsWith(
            "verb=create resource=\"executions\" subresource=\"cancel\" namespace=\"shop\" name=\"x\" path=\"\" user=\"alice \\\"a\\\"\" " +
            "groups=\"ops,devs\" source=127.0.0.1 code=202 duration=", line.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(_server.Log, l => l.Text.Contains("t0psecret", StringComparison.Ordinal) || l.Text.Contains("pr1vate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Create_ShowsTheNameThatTheServerMade()
    {
        await SendAsync("POST", Shop, """{"metadata":{"generateName":"job-"},"spec":{"function":"hello"}}""");
        Assert.Contains(" name=\"job-abcde\" ", (await LineAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_ThatFails_IsALineWithItsCode()
    {
        _server.Client.OnCancel = (key, _) => throw new ExecutionNotFoundException(key);
        await SendAsync("POST", Shop + "/x/cancel");
        Assert.Contains(" code=404 ", (await LineAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusals_AreWarnings_ReadsToo()
    {
        await SendAsync("GET", Root + "/executions");
        LogLine line = await LineAsync();
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.StartsWith("verb=list resource=\"executions\" subresource=\"\" namespace=\"\" name=\"\" ", line.Text, StringComparison.Ordinal);
        Assert.Contains(" code=403 ", line.Text, StringComparison.Ordinal);

        _server.Log.Clear();
        using HttpClient stranger = _server.Connect("wrong-token");
        using HttpResponseMessage response = await stranger.DeleteAsync(Shop + "/x");
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        line = await LineAsync();
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.Contains(" user=\"\" ", line.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-token", line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_AreNoLines()
    {
        await SendAsync("GET", Shop);
        await SendAsync("GET", Shop + "/x");
        await SendAsync("POST", Shop + "/x/cancel");
        Assert.Contains("subresource=\"cancel\"", (await LineAsync()).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/x%0Averb=delete%20user=%22root%22/cancel")]
    [InlineData("/x%0D%0Averb=delete/cancel")]
    [InlineData("/x%22%20verb=delete%20user=%22root/cancel")]
    [InlineData("/x%E2%80%A8verb=delete/cancel")]
    [InlineData("/x%E2%80%AEverb=delete/cancel")]
    [InlineData("/x%1B%5B2Kverb=delete/cancel")]
    [InlineData("/x%C2%85verb=delete/cancel")]
    public async Task Names_CannotForgeLinesOrFields(string path)
    {
        await SendAsync("POST", Shop + path);
        string text = (await LineAsync()).Text;
        Assert.StartsWith("verb=create ", text, StringComparison.Ordinal);
        Assert.All(text, c => Assert.InRange(c, ' ', '~'));
        Assert.DoesNotContain(" user=\"root", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("plain-name.1", "plain-name.1")]
    [InlineData("Grüße", "Grüße")]
    [InlineData("a\"b\\c", "a\\\"b\\\\c")]
    [InlineData("a\nb\u2028", "a\\u000ab\\u2028")]
    public void Text_IsEscaped(string? text, string expected) => Assert.Equal(expected, AuditText.Escape(text));

    [Fact]
    public void Text_OfHalfACharacter_IsEscaped() => Assert.Equal("\\ud800", AuditText.Escape("\ud800"));

    [Fact]
    public void Text_HasAnEnd() => Assert.Equal(new string('x', 512) + "...", AuditText.Escape(new string('x', 100_000)));

    private async Task SendAsync(string method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await _http.SendAsync(request);
    }

    /// <summary>The one line that there is. It is written after the answer, so a client may be faster.</summary>
    private async Task<LogLine> LineAsync()
    {
        LogLine line = await _server.NextAuditAsync();
        Assert.Equal(line, Assert.Single(_server.Audit));
        return line;
    }
}
