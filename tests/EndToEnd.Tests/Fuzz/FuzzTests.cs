using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kontinue.Api.Access;
using Kontinue.EndToEnd.Tests.Support;
using Kontinue.Engine.Storage;
using Kontinue.Resources;
using Xunit;
using Xunit.Abstractions;

namespace Kontinue.EndToEnd.Tests.Fuzz;

/// <summary>
/// Thousands of requests that are wrong somewhere: none may end in a 5xx, every error is a Status, and what is refused has changed
/// nothing. KONTINUE_FUZZ_REQUESTS and KONTINUE_FUZZ_SEED make longer and other runs.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int DefaultRequests = 4000;

    /// <summary>Always the same requests, so that a change fails for what it did; other seeds are tried by hand.</summary>
    private const int DefaultSeed = 221162448;
    private const int Repeats = 5;
    private const string Root = "/apis/kontinue.cloud/v1alpha1";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Requests_that_are_wrong_are_refused_and_change_nothing()
    {
        var store = new InMemoryStore();
        await using Server server = await Server.StartAsync(k => k.UseStore(_ => store));
        SortedDictionary<int, int> counts = await RunAsync(server, store, []);
        Assert.True(counts.ContainsKey(200) && counts.ContainsKey(201) && counts.ContainsKey(400) && counts.ContainsKey(422), "The requests are too much alike.");
    }

    /// <summary>The same from callers of all kinds: whoever may not change things does not, whatever the request is like.</summary>
    [Fact]
    public async Task Requests_of_those_who_may_not_change_nothing()
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, $$"""
                {"tokens": [
                  {"name": "admin", "sha256": "{{Hash("admin")}}", "bindings": [{"namespace": "*", "role": "admin"}]},
                  {"name": "operator", "sha256": "{{Hash("operator")}}", "bindings": [{"namespace": "default", "role": "operator"}]},
                  {"name": "viewer", "sha256": "{{Hash("viewer")}}", "bindings": [{"namespace": "*", "role": "viewer"}]},
                  {"name": "stranger", "sha256": "{{Hash("stranger")}}", "bindings": [{"namespace": "elsewhere", "role": "admin"}]}]}
                """);
            var store = new InMemoryStore();
            await using Server server = await Server.StartAsync(
                k => k.UseStore(_ => store), api: o => (o.Access.Mode, o.Access.TokensFile) = (AccessMode.Tokens, file));
            SortedDictionary<int, int> counts = await RunAsync(server, store, ["admin", "operator", "viewer", "stranger"]);
            Assert.True(counts.ContainsKey(200) && counts.ContainsKey(201) && counts.ContainsKey(401) && counts.ContainsKey(403), "The requests are too much alike.");
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <param name="tokens">Those that there are, the first of an admin; none where everybody may do everything.</param>
    private async Task<SortedDictionary<int, int>> RunAsync(Server server, InMemoryStore store, string[] tokens)
    {
        int requests = Setting("KONTINUE_FUZZ_REQUESTS", DefaultRequests);
        int seed = Setting("KONTINUE_FUZZ_SEED", DefaultSeed);
        output.WriteLine($"KONTINUE_FUZZ_SEED={seed} KONTINUE_FUZZ_REQUESTS={requests}");
        using HttpClient http = Connect();
        JsonNode openApi = await PrepareAsync(http, server.Calls.Address, tokens.FirstOrDefault());
        var generator = new RequestGenerator(openApi, seed, tokens);
        Assert.Contains($"{Root}/namespaces/{{namespace}}/executions/{{name}}/cancel", generator.Paths);
        var counts = new SortedDictionary<int, int>();
        for (int i = 0; i < requests; i++)
        {
            FuzzRequest request = generator.Next();
            string which = $"seed {seed}, request {i}";
            long before = await store.ReadVersionAsync(CancellationToken.None);
            int code = await SendAsync(http, server.Calls.Address, request, which);
            counts[code] = counts.GetValueOrDefault(code) + 1;
            bool changes = request.Method is not ("GET" or "HEAD");
            bool mayCaller = tokens.Length == 0 || request.Caller is "admin" or "operator" || (request.Caller is "stranger" && request.Target.Contains("elsewhere", StringComparison.Ordinal));
            Assert.True(code >= 400 || !changes || mayCaller, $"{which} was done although its caller may not do it:\n{request}");
            for (int again = 0; code >= 400 && await HasChangedAsync(store, before); again++)
            {
                // What was accepted before goes on by itself, so only what changes something each time is at fault.
                Assert.True(again < Repeats, $"{which} was answered {code} but changed something, each of {Repeats} times:\n{request}");
                before = await store.ReadVersionAsync(CancellationToken.None);
                code = await SendAsync(http, server.Calls.Address, request, which);
            }
        }

        output.WriteLine(string.Join(", ", counts.Select(c => $"{c.Key}: {c.Value}")));
        return counts;
    }

    /// <summary>Whether anything is other than it was. The version alone says nothing: a creation that finds its name taken counts it up.</summary>
    private static async Task<bool> HasChangedAsync(InMemoryStore store, long version) =>
        (await store.ReadChangesAsync(version, limit: 1, CancellationToken.None)).Changes.Count > 0;

    /// <summary>Makes the execution that requests are about, and reads what the server says of itself.</summary>
    private static async Task<JsonNode> PrepareAsync(HttpClient http, Uri server, string? token)
    {
        using var create = new HttpRequestMessage(HttpMethod.Post, new Uri(server, Root + "/namespaces/default/executions"));
        create.Content = new StringContent("""{"metadata":{"name":"present"},"spec":{"function":"nobody-has-it"}}""", Encoding.UTF8, "application/json");
        using var read = new HttpRequestMessage(HttpMethod.Get, new Uri(server, "/openapi/v3" + Root));
        if (token is not null)
        {
            create.Headers.Authorization = new("Bearer", token);
            read.Headers.Authorization = new("Bearer", token);
        }

        using HttpResponseMessage created = await http.SendAsync(create);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        using HttpResponseMessage openApi = await http.SendAsync(read);
        Assert.Equal(HttpStatusCode.OK, openApi.StatusCode);
        return JsonNode.Parse(await openApi.Content.ReadAsStringAsync())!;
    }

    /// <summary>A client that sends what it is given: letters that headers should not have, and no request that nobody made.</summary>
    private static HttpClient Connect() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
    })
    {
        Timeout = Patience,
    };

    private static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private static async Task<int> SendAsync(HttpClient http, Uri server, FuzzRequest request, string which)
    {
        try
        {
            using HttpRequestMessage message = request.ToMessage(server);
            using var late = new CancellationTokenSource(Patience);
            using HttpResponseMessage response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, late.Token);
            int code = (int)response.StatusCode;

            // Only errors are read to their end: a watch has none.
            string error = code < 400 ? "" : await response.Content.ReadAsStringAsync(late.Token);
            Assert.True(code < 500 || IsLateVersion(request, code), $"{which} was answered {code}:\n{request}\n{error}");
            if (code >= 400 && request.Method != "HEAD")
            {
                CheckStatus(error, code, $"{which}:\n{request}");
            }

            return code;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            throw new InvalidOperationException($"{which} was not answered: {e.Message}\n{request}", e);
        }
    }

    /// <summary>Whether it asks for a version that may come yet, and was told to ask again: that is how Kubernetes answers.</summary>
    private static bool IsLateVersion(FuzzRequest request, int code) =>
        code == 504 && request.Method == "GET" && request.Target.Contains("resourceVersion=", StringComparison.Ordinal);

    private static void CheckStatus(string body, int code, string which)
    {
        // What the web server itself refuses, before it is a request, has no body.
        if (body.Length == 0 && code is 400 or 431 or 414)
        {
            return;
        }

        try
        {
            ErrorStatus status = JsonSerializer.Deserialize(body, ResourceJson.Tolerant<ErrorStatus>())!;
            Assert.True(status.Kind == "Status" && status.Code == code && !string.IsNullOrEmpty(status.Message) && !string.IsNullOrEmpty(status.Reason), $"{which}\n{body}");
            Assert.False(body.Contains("   at ", StringComparison.Ordinal) || body.Contains("Exception", StringComparison.Ordinal), $"{which}\n{body}");
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"{which} was answered {code} without a Status: '{body}'", e);
        }
    }

    private static int Setting(string name, int fallback) => int.TryParse(Environment.GetEnvironmentVariable(name), out int value) ? value : fallback;
}
