using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
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
    private const int DefaultRequests = 6000;
    private const string Root = "/apis/kontinue.cloud/v1alpha1";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Requests_that_are_wrong_are_refused_and_change_nothing()
    {
        int requests = Setting("KONTINUE_FUZZ_REQUESTS", DefaultRequests);
        int seed = Setting("KONTINUE_FUZZ_SEED", Random.Shared.Next());
        output.WriteLine($"KONTINUE_FUZZ_SEED={seed} KONTINUE_FUZZ_REQUESTS={requests}");
        var store = new InMemoryStore();
        await using Server server = await Server.StartAsync(k => k.UseStore(_ => store));
        (await server.Calls.CreateAsync("present", "nobody-has-it")).Expect(HttpStatusCode.Created);
        JsonNode openApi = JsonNode.Parse((await server.Calls.SendAsync(HttpMethod.Get, "/openapi/v3" + Root)).Expect(HttpStatusCode.OK).Text)!;
        var generator = new RequestGenerator(openApi, seed);
        Assert.Contains($"{Root}/namespaces/{{namespace}}/executions/{{name}}/cancel", generator.Paths);
        using var http = new HttpClient { Timeout = Patience };
        var counts = new SortedDictionary<int, int>();
        bool mayChange = true;
        for (int i = 0; i < requests; i++)
        {
            FuzzRequest request = generator.Next();
            long before = await store.ReadVersionAsync(CancellationToken.None);
            int code = await SendAsync(http, server.Calls.Address, request, $"seed {seed}, request {i}");
            counts[code] = counts.GetValueOrDefault(code) + 1;
            if (code >= 400 && !mayChange)
            {
                Assert.True(before == await store.ReadVersionAsync(CancellationToken.None), $"seed {seed}, request {i} was answered {code} but changed something:\n{request}");
            }

            // What was accepted may go on changing things for a while.
            mayChange = code < 400 && request.Method is not ("GET" or "HEAD");
        }

        output.WriteLine(string.Join(", ", counts.Select(c => $"{c.Key}: {c.Value}")));
        Assert.True(counts.ContainsKey(200) && counts.ContainsKey(201) && counts.ContainsKey(400) && counts.ContainsKey(422), "The requests are too much alike.");
    }

    private static async Task<int> SendAsync(HttpClient http, Uri server, FuzzRequest request, string which)
    {
        try
        {
            using HttpRequestMessage message = request.ToMessage(server);
            using HttpResponseMessage response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
            int code = (int)response.StatusCode;
            Assert.True(code < 500, $"{which} was answered {code}:\n{request}\n{await response.Content.ReadAsStringAsync()}");
            if (code >= 400 && request.Method != "HEAD")
            {
                CheckStatus(await response.Content.ReadAsStringAsync(), code, $"{which}:\n{request}");
            }

            return code;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            throw new InvalidOperationException($"{which} was not answered: {e.Message}\n{request}", e);
        }
    }

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
