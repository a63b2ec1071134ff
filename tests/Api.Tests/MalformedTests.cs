using System.Text;
using System.Text.Json;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Api.Tests;

/// <summary>Whatever somebody sends, anywhere: an answer, never a defect, and errors in their one form.</summary>
public sealed class MalformedTests : ApiTest
{
    private static readonly string[] Names =
    [
        "x", "x.approval", "X", "-", "..", ".", "a b", "%00", "%ff", "%F0%9F%A6%91", "x%2Fy", "x;y", "%5C", "'--", "#", "x.", ".x", "x..y", "x.1", "%25", new('a', 300),
    ];

    private static readonly string[] Values =
    [
        "", "%00", "%ff", "0", "-1", "1", "99999999999999999999", "1.5", "NaN", "true", "%2C", "%3D", "!", "a%3Db%3Dc", "a in (", "a notin (b,,c)", "%28%29", "(((",
        "a,,b", "%F0%9F%A6%91", "metadata.name%3D", "metadata.name%3Dx", "metadata.name%3D%00", "status.phase%3D", "status.phase!%3DFailed", "%7B%7D", "null", "All", "Exact",
        "NotOlderThan", "5s", "-5s", "Orphan", new('x', 2000),
    ];

    private static readonly string[] Parameters =
    [
        "limit", "continue", "labelSelector", "fieldSelector", "resourceVersion", "resourceVersionMatch", "sendInitialEvents", "allowWatchBookmarks", "timeoutSeconds",
        "wait", "dryRun", "fieldValidation", "fieldManager", "force", "includeObject", "after", "gracePeriodSeconds", "propagationPolicy", "orphanDependents",
        "preconditions.uid", "preconditions.resourceVersion",
    ];

    private static readonly string[] Bodies =
    [
        "", "null", "[]", "{}", "7", "\"x\"", "{", "[{}]", "[null]", "{\"a\":\"\\ud800\"}", "{\"\\ud800\":1}", "\u0001", "{\"metadata\":null}", "{\"metadata\":[],\"spec\":7}",
        "{\"metadata\":{\"labels\":{\"a\":\"\\ud800\"}}}", "{\"metadata\":{\"labels\":{\"a\":null,\"b\":1}}}", "{\"metadata\":{\"name\":\"\\u0000\"},\"spec\":{\"function\":\"\"}}",
        "{\"items\":null,\"kind\":\"ExecutionList\"}", "{\"kind\":\"ExecutionList\",\"items\":[null]}", "{\"kind\":\"ExecutionList\",\"items\":[{\"metadata\":null,\"spec\":null}]}",
        "{\"spec\":{\"ttl\":{\"deleteAfter\":-1}}}", "{\"spec\":{\"ttl\":7}}", "{\"spec\":{\"retry\":{\"retries\":1e99}}}", "{\"status\":{\"phase\":\"None\"}}",
        "{\"preconditions\":7}", "{\"dryRun\":[null]}", "{\"dryRun\":\"All\"}", "{\"gracePeriodSeconds\":1e99}", "{\"payload\":\"\\ud800\"}", "{\"name\":null}",
        "[{\"op\":\"add\",\"path\":\"/metadata/labels\",\"value\":7}]", "[{\"op\":\"copy\",\"from\":\"\",\"path\":\"/status\"}]", "[{\"op\":\"move\",\"from\":\"/spec\",\"path\":\"/metadata\"}]",
        "[{\"op\":\"test\",\"path\":\"/a~3\",\"value\":1}]", "[{\"op\":\"remove\",\"path\":\"\"}]", "[{\"op\":\"add\",\"path\":\"/metadata/labels/\\ud800\",\"value\":\"x\"}]",
        "{\"metadata\":{\"ownerReferences\":[null]},\"spec\":{\"function\":\"hello\"}}", "metadata: {labels: {a: b}}", "a: &a [*a]", "a: [", "\t:", "--- 1\n--- 2",
    ];

    private static readonly string[] MediaTypes =
    [
        "application/json", "application/yaml", "application/merge-patch+json", "application/json-patch+json", "application/apply-patch+yaml",
    ];

    public static TheoryData<string, string> Endpoints
    {
        get
        {
            const string One = Executions + "/{name}";
            const string Suspensions = Root + "/namespaces/default/suspensions";
            var data = new TheoryData<string, string>
            {
                { "GET", Executions }, { "GET", Root + "/executions" }, { "POST", Executions }, { "DELETE", Executions },
                { "GET", One }, { "PUT", One }, { "PATCH", One }, { "DELETE", One },
                { "GET", One + "/status" }, { "GET", One + "/result" }, { "GET", One + "/journal" },
                { "GET", Suspensions }, { "GET", Root + "/suspensions" }, { "GET", Suspensions + "/{name}" }, { "POST", Suspensions + "/{name}/resume" },
                { "GET", Root + "/functions" }, { "GET", Root + "/functions/{name}" },
            };
            foreach (string action in (string[])["cancel", "resume", "events", "retry", "skip", "resubmit"])
            {
                data.Add("POST", $"{One}/{action}");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task Anything_IsAnsweredWithoutADefect(string method, string path)
    {
        Answer();
        foreach (string name in path.Contains("{name}", StringComparison.Ordinal) ? Names : [])
        {
            await CheckAsync(method, path.Replace("{name}", name, StringComparison.Ordinal), body: null, MediaTypes[0]);
        }

        string known = path.Replace("{name}", path.Contains("suspensions", StringComparison.Ordinal) ? "x.approval" : "x", StringComparison.Ordinal);
        foreach (string query in Parameters.SelectMany(_ => Values, (parameter, value) => $"{parameter}={value}"))
        {
            await CheckAsync(method, $"{known}?{query}", body: null, MediaTypes[0]);
        }

        foreach (string value in method is "GET" ? Values : [])
        {
            await CheckAsync(method, $"{known}?watch=true&timeoutSeconds=1&resourceVersion={value}", body: null, MediaTypes[0], mayWatch: true);
        }

        foreach (string type in method is "GET" ? [] : method is "PATCH" ? MediaTypes : MediaTypes[..2])
        {
            foreach (string body in Bodies)
            {
                await CheckAsync(method, known, body, type);
            }
        }

        Assert.True(Server.Log.IsEmpty, string.Join('\n', Server.Log));
    }

    /// <summary>A client that has one execution, and does what it is told.</summary>
    private void Answer()
    {
        var wait = new WaitReference("Suspend", "approval", Until: null, Description: null);
        Execution one = FakeFeed.Make("x", "5", ExecutionPhase.Suspended, wait);
        Client.OnGet = key => key.Name is "x" ? Task.FromResult(one) : throw new ExecutionNotFoundException(key);
        Client.OnList = _ => Task.FromResult(new ExecutionList { Items = [one], Metadata = new ListMetadata { ResourceVersion = "9" } });
        Client.OnListSuspensions = _ => Task.FromResult(new SuspensionList { Items = one.ToSuspensions(), Metadata = new ListMetadata { ResourceVersion = "9" } });
        Client.OnUpdate = (key, change) => key.Name is "x" ? Task.FromResult(change(one)) : throw new ExecutionNotFoundException(key);
        Client.OnDelete = (key, _) => key.Name is "x" ? Task.FromResult(one) : throw new ExecutionNotFoundException(key);
        Client.OnResubmit = (_, _) => Task.FromResult(one);
    }

    private async Task CheckAsync(string method, string path, string? body, string type, bool mayWatch = false)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using HttpResponseMessage response = await Server.Http.SendAsync(request, deadline.Token);
        string text = await response.Content.ReadAsStringAsync(deadline.Token);
        string what = $"{method} {path} {type} {body}: {(int)response.StatusCode} {text}";
        bool isRefusedByServer = response.StatusCode == System.Net.HttpStatusCode.BadRequest && text.Length == 0;
        Assert.True((int)response.StatusCode is not 500 and (< 500 or 504), what);
        if ((int)response.StatusCode >= 400 && !isRefusedByServer)
        {
            ErrorStatus status = JsonSerializer.Deserialize(text, ResourceJson.Tolerant<ErrorStatus>())!;
            Assert.True(status is { Kind: "Status", Status: "Failure", Message.Length: > 0, Reason.Length: > 0 } && status.Code == (int)response.StatusCode, what);
        }
        else if (mayWatch)
        {
            Assert.DoesNotContain("InternalError", text, StringComparison.Ordinal);
        }
    }
}
