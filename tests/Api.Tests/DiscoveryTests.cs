using System.Net;
using System.Text.Json.Nodes;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class DiscoveryTests : ApiTest
{
    private const string V2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    private const string V2Beta1 = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
    private const string Kubectl = V2 + "," + V2Beta1 + ",application/json";

    [Fact]
    public async Task Core_IsEmpty() => Assert.Equal(
        """{"kind":"APIVersions","versions":[],"serverAddressByClientCIDRs":[]}""", await TextAsync("/api"));

    [Fact]
    public async Task Groups_NameOurs()
    {
        const string Version = """{"groupVersion":"kontinue.cloud/v1alpha1","version":"v1alpha1"}""";
        const string Entry = $$""" "name":"kontinue.cloud","versions":[{{Version}}],"preferredVersion":{{Version}} """;
        Assert.Equal($$"""{"kind":"APIGroupList","apiVersion":"v1","groups":[{{{Entry.Trim()}}}]}""", await TextAsync("/apis"));
        Assert.Equal($$"""{"kind":"APIGroup","apiVersion":"v1",{{Entry.Trim()}}}""", await TextAsync("/apis/kontinue.cloud"));
    }

    [Fact]
    public async Task Resources_AreAllThere()
    {
        JsonNode list = JsonNode.Parse(await TextAsync(Root))!;
        Assert.Equal("kontinue.cloud/v1alpha1", (string?)list["groupVersion"]);
        Assert.Equal(
            [
                "archivedexecutions delete,get,list ArchivedExecution True aex",
                "archivedexecutions/tree get ArchivedExecution True ",
                "executions create,delete,deletecollection,get,list,patch,update,watch Execution True exec",
                "executions/cancel create Execution True ",
                "executions/events create Execution True ",
                "executions/journal get Execution True ",
                "executions/result get Execution True ",
                "executions/resubmit create Execution True ",
                "executions/resume create Execution True ",
                "executions/retry create Execution True ",
                "executions/skip create Execution True ",
                "executions/status get Execution True ",
                "functions get,list,watch Function False fn",
                "silos get,list,watch Silo False ",
                "suspensions get,list,watch Suspension True susp",
                "suspensions/resume create Suspension True ",
            ],
            list["resources"]!.AsArray().Select(r =>
                $"{r!["name"]} {Joined(r["verbs"])} {r["kind"]} {(bool)r["namespaced"]!} {Joined(r["shortNames"])}"));
        Assert.All(list["resources"]!.AsArray(), r => Assert.Equal(
            ((string)r!["name"]!).Contains('/', StringComparison.Ordinal) ? "" : "kontinue", Joined(r["categories"])));
    }

    [Theory]
    [InlineData(Kubectl, "v2", V2)]
    [InlineData(V2Beta1 + ",application/json", "v2beta1", V2Beta1)]
    public async Task Aggregated_HasTheSameInOneDocument(string accept, string version, string contentType)
    {
        HttpResponseMessage response = await AskAsync("/apis", accept);
        Assert.Equal(contentType, response.Content.Headers.NonValidated["Content-Type"].ToString());
        JsonNode document = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("APIGroupDiscoveryList", (string?)document["kind"]);
        Assert.Equal("apidiscovery.k8s.io/" + version, (string?)document["apiVersion"]);
        JsonNode group = Assert.Single(document["items"]!.AsArray())!;
        Assert.Equal("kontinue.cloud", (string?)group["metadata"]!["name"]);
        JsonNode served = Assert.Single(group["versions"]!.AsArray())!;
        Assert.Equal(("v1alpha1", "Current"), ((string?)served["version"], (string?)served["freshness"]));

        JsonArray resources = JsonNode.Parse(await TextAsync(Root))!["resources"]!.AsArray();
        IEnumerable<string> aggregated = served["resources"]!.AsArray().SelectMany(r =>
            r!["subresources"]!.AsArray().Select(s => $"{r["resource"]}/{s!["subresource"]} {Joined(s["verbs"])} {s["responseKind"]!["kind"]}")
                .Prepend($"{r["resource"]} {Joined(r["verbs"])} {r["responseKind"]!["kind"]}"));
        Assert.Equal(resources.Select(r => $"{r!["name"]} {Joined(r["verbs"])} {r["kind"]}"), aggregated);
        Assert.Equal(["Namespaced", "Namespaced", "Cluster", "Cluster", "Namespaced"], served["resources"]!.AsArray().Select(r => (string?)r!["scope"]));
        Assert.All(served["resources"]!.AsArray(), r =>
            Assert.Equal("kontinue.cloud/v1alpha1", $"{r!["responseKind"]!["group"]}/{r["responseKind"]!["version"]}"));
    }

    [Fact]
    public async Task AggregatedCore_IsEmpty()
    {
        HttpResponseMessage response = await AskAsync("/api", Kubectl);
        Assert.Equal(V2, response.Content.Headers.NonValidated["Content-Type"].ToString());
        Assert.Empty(JsonNode.Parse(await response.Content.ReadAsStringAsync())!["items"]!.AsArray());
    }

    [Theory]
    [InlineData("application/json", "application/json")]
    [InlineData("application/json;g=apidiscovery.k8s.io;v=v3;as=APIGroupDiscoveryList,application/json", "application/json")]
    [InlineData("application/vnd.kubernetes.protobuf,*/*;q=0.1", "application/json")]
    public async Task Discovery_OtherForms_FallBackToThePlainOne(string accept, string contentType)
    {
        HttpResponseMessage response = await AskAsync("/apis", accept);
        Assert.Equal(contentType, response.Content.Headers.NonValidated["Content-Type"].ToString());
        Assert.Contains("APIGroupList", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Discovery_NothingAcceptable_Is406() =>
        await ErrorAsync(await AskAsync("/apis", "application/vnd.kubernetes.protobuf"), 406, "NotAcceptable");

    [Theory]
    [InlineData("/apis", Kubectl)]
    [InlineData("/apis", "application/json")]
    [InlineData("/api", Kubectl)]
    [InlineData(Root, "application/json")]
    [InlineData("/openapi/v3", "application/json")]
    [InlineData("/openapi/v3" + Root, "application/json")]
    public async Task Document_IsNotSentTwice(string path, string accept)
    {
        HttpResponseMessage first = await AskAsync(path, accept);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Contains("Accept", first.Headers.Vary);
        string tag = first.Headers.ETag!.ToString();
        foreach (string known in new[] { tag, "W/" + tag, "\"other\", " + tag, "*" })
        {
            HttpResponseMessage again = await AskAsync(path, accept, known);
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
            Assert.Empty(await again.Content.ReadAsByteArrayAsync());
            Assert.Equal(tag, again.Headers.ETag!.ToString());
        }

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(path, accept, "\"other\"")).StatusCode);
    }

    [Fact]
    public async Task Document_HasATagForEachForm() => Assert.Equal(
        3, new[] { await TagAsync(Kubectl), await TagAsync(V2Beta1), await TagAsync("application/json") }.Distinct(StringComparer.Ordinal).Count());

    [Fact]
    public async Task Version_IsWhatKubectlCompares()
    {
        JsonNode version = JsonNode.Parse(await TextAsync("/version"))!;
        Assert.Equal(("1", "32"), ((string?)version["major"], (string?)version["minor"]));
        Assert.Matches(@"^v1\.32\.0\+kontinue-[0-9]+\.[0-9]+\.[0-9]+", (string?)version["gitVersion"]);
        Assert.Equal(
            ["buildDate", "compiler", "gitCommit", "gitTreeState", "gitVersion", "goVersion", "major", "minor", "platform"],
            version.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Discovery_OfAnotherGroup_NamesIt()
    {
        await using ApiServer server = await ApiServer.StartAsync(o => o.Group = "durable.example.com");
        foreach (string path in new[] { "/apis", "/apis/durable.example.com", "/apis/durable.example.com/v1alpha1", "/openapi/v3", "/openapi/v2", "/openapi/v3/apis/durable.example.com/v1alpha1" })
        {
            string text = await (await SendAsync(server, HttpMethod.Get, path)).Content.ReadAsStringAsync();
            Assert.Contains("durable.example.com", text, StringComparison.Ordinal);
            Assert.DoesNotContain("kontinue.cloud", text, StringComparison.Ordinal);
        }

        HttpResponseMessage aggregated = await SendAsync(server, HttpMethod.Get, "/apis", also: r => r.Headers.TryAddWithoutValidation("Accept", Kubectl));
        Assert.DoesNotContain("kontinue.cloud", await aggregated.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static string Joined(JsonNode? values) => string.Join(',', values?.AsArray().Select(v => (string?)v) ?? []);

    private async Task<string> TextAsync(string path) => await (await GetAsync(path)).Content.ReadAsStringAsync();

    private async Task<string> TagAsync(string accept) => (await AskAsync("/apis", accept)).Headers.ETag!.ToString();

    private Task<HttpResponseMessage> AskAsync(string path, string accept, string? known = null) => SendAsync(HttpMethod.Get, path, also: request =>
    {
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (known is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", known);
        }
    });
}
