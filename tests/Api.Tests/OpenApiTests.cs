using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kontinue.Api.OpenApi;
using Kontinue.Api.Requests;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class OpenApiTests : ApiTest
{
    private const string Schemas = "#/components/schemas/";

    private static readonly ApiGroup Group = new("kontinue.cloud");
    private static readonly JsonObject V3 = new OpenApiDocuments(Group).Version3();
    private static readonly JsonObject V2 = new OpenApiDocuments(Group).Version2();

    public static TheoryData<string> Versions => ["3", "2"];

    [Fact]
    public void Paths_AreThoseOfTheResources() => Assert.Equal(
        """
        /archivedexecutions get
        /executions get
        /functions get
        /functions/{name} get
        /namespaces/{namespace}/archivedexecutions get
        /namespaces/{namespace}/archivedexecutions/{name} delete get
        /namespaces/{namespace}/archivedexecutions/{name}/tree get
        /namespaces/{namespace}/executions delete get post
        /namespaces/{namespace}/executions/{name} delete get patch put
        /namespaces/{namespace}/executions/{name}/cancel post
        /namespaces/{namespace}/executions/{name}/events post
        /namespaces/{namespace}/executions/{name}/journal get
        /namespaces/{namespace}/executions/{name}/resubmit post
        /namespaces/{namespace}/executions/{name}/result get
        /namespaces/{namespace}/executions/{name}/resume post
        /namespaces/{namespace}/executions/{name}/retry post
        /namespaces/{namespace}/executions/{name}/skip post
        /namespaces/{namespace}/executions/{name}/status get
        /namespaces/{namespace}/suspensions get
        /namespaces/{namespace}/suspensions/{name} get
        /namespaces/{namespace}/suspensions/{name}/resume post
        /silos get
        /silos/{name} get
        /suspensions get
        """.ReplaceLineEndings("\n"),
        string.Join('\n', V3["paths"]!.AsObject().Select(path =>
            $"{path.Key[Root.Length..]} {string.Join(' ', Operations(path.Value!).Select(o => o.Method).Order(StringComparer.Ordinal))}")));

    [Theory]
    [MemberData(nameof(Versions))]
    public void EveryReference_Resolves(string version)
    {
        (JsonObject document, string prefix, JsonObject schemas) = Of(version);
        List<JsonObject> references = [.. OpenApiJson.References(document)];
        Assert.True(references.Count > 50);
        Assert.All(references, reference =>
        {
            string target = (string)reference["$ref"]!;
            Assert.StartsWith(prefix, target, StringComparison.Ordinal);
            Assert.True(schemas.ContainsKey(target[prefix.Length..]), target);
        });
        Assert.Empty(schemas.Select(s => prefix + s.Key).Except(references.Select(r => (string)r["$ref"]!), StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void EverySchemaAndProperty_IsDescribed(string version)
    {
        foreach ((string name, JsonNode? schema) in Of(version).Schemas)
        {
            AssertText(schema!["description"], name);
            Assert.Equal("object", (string?)schema["type"]);
            foreach ((string property, JsonNode? value) in schema["properties"]?.AsObject() ?? [])
            {
                AssertText(value!["description"], $"{name}.{property}");
                Assert.True(
                    value["type"] is not null || value["allOf"] is not null || (bool?)value["x-kubernetes-preserve-unknown-fields"] == true, $"{name}.{property}");
            }
        }

        static void AssertText(JsonNode? text, string of)
        {
            Assert.False(string.IsNullOrWhiteSpace((string?)text), $"{of} has no description.");
            Assert.DoesNotMatch(@"[<>]|\s\s|^\s|Kontinue\.\w", (string)text!);
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void EveryOperation_IsComplete(string version)
    {
        (JsonObject document, _, _) = Of(version);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string path, JsonNode? item) in document["paths"]!.AsObject())
        {
            string[] inPath = [.. Regex.Matches(path, @"\{(\w+)\}").Select(m => m.Groups[1].Value)];
            Assert.Equal(inPath, item!["parameters"]?.AsArray().Select(p => (string)p!["name"]!) ?? []);
            Assert.All(item["parameters"]?.AsArray() ?? [], p => Assert.True((bool)p!["required"]! && (string?)p["in"] == "path"));
            foreach ((string _, JsonNode operation) in Operations(item))
            {
                Assert.True(ids.Add((string)operation["operationId"]!), $"{operation["operationId"]} is there twice.");
                Assert.Equal("kontinue.cloud/v1alpha1", $"{operation[OpenApiJson.KindExtension]!["group"]}/{operation[OpenApiJson.KindExtension]!["version"]}");
                Assert.Contains((string)operation[OpenApiJson.ActionExtension]!, new[] { "get", "list", "post", "put", "patch", "delete", "deletecollection" });
                Assert.Contains("default", operation["responses"]!.AsObject().Select(r => r.Key));
                Assert.All(operation["parameters"]?.AsArray() ?? [], p => Assert.False(string.IsNullOrEmpty((string?)p!["description"] ?? (string?)p["name"])));
            }
        }
    }

    /// <summary>kubectl leaves validation to the server if this parameter is declared, and merges on its side if strategic merging is not.</summary>
    [Fact]
    public void Patch_DeclaresWhatKubectlLooksFor()
    {
        JsonNode patch = V3["paths"]![$"{Root}/namespaces/{{namespace}}/executions/{{name}}"]!["patch"]!;
        Assert.Superset(
            new HashSet<string> { "dryRun", "fieldManager", "fieldValidation" }, patch["parameters"]!.AsArray().Select(p => (string)p!["name"]!).ToHashSet());
        Assert.Equal(
            ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"],
            patch["requestBody"]!["content"]!.AsObject().Select(c => c.Key));
        Assert.Equal("Execution", (string?)patch[OpenApiJson.KindExtension]!["kind"]);
    }

    [Theory]
    [InlineData("get", false, "wait")]
    [InlineData("put", false, "dryRun,fieldManager,fieldValidation")]
    [InlineData("delete", false, "dryRun,gracePeriodSeconds,orphanDependents,propagationPolicy")]
    [InlineData("post", true, "dryRun,fieldManager,fieldValidation,wait")]
    public void Operation_DeclaresItsParameters(string method, bool onCollection, string expected)
    {
        string path = $"{Root}/namespaces/{{namespace}}/executions{(onCollection ? "" : "/{name}")}";
        Assert.Equal(expected, string.Join(',', V3["paths"]![path]![method]!["parameters"]!.AsArray().Select(p => (string?)p!["name"])));
        Assert.Equal(
            expected, string.Join(',', V2["paths"]![path]![method]!["parameters"]!.AsArray().Where(p => (string?)p!["in"] == "query").Select(p => (string?)p!["name"])));
    }

    [Theory]
    [InlineData("cloud.kontinue.v1alpha1.Execution", "metadata,spec", "kontinue.cloud v1alpha1 Execution")]
    [InlineData("cloud.kontinue.v1alpha1.ExecutionList", "items", "kontinue.cloud v1alpha1 ExecutionList")]
    [InlineData("cloud.kontinue.v1alpha1.ExecutionSpec", "function", null)]
    [InlineData("cloud.kontinue.v1alpha1.Function", "metadata,spec", "kontinue.cloud v1alpha1 Function")]
    [InlineData("cloud.kontinue.v1alpha1.Suspension", "metadata,spec", "kontinue.cloud v1alpha1 Suspension")]
    [InlineData("cloud.kontinue.v1alpha1.EventRequest", "name", null)]
    [InlineData("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", "", null)]
    [InlineData("io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta", "", null)]
    [InlineData("io.k8s.apimachinery.pkg.apis.meta.v1.Status", "", " v1 Status")]
    [InlineData("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions", "", " v1 DeleteOptions")]
    public void Schema_HasItsKindAndRequiredFields(string name, string required, string? kind)
    {
        JsonNode schema = Of("3").Schemas[name]!;
        Assert.Equal(required, string.Join(',', schema["required"]?.AsArray().Select(f => (string?)f) ?? []));
        JsonNode? given = schema[OpenApiJson.KindExtension]?[0];
        Assert.Equal(kind, given is null ? null : $"{given["group"]} {given["version"]} {given["kind"]}");
    }

    [Fact]
    public void Property_SaysWhatTheCodeSays()
    {
        JsonObject schemas = Of("3").Schemas;
        Assert.Equal("Further attempts after the first: 0 or more. Default 0.", (string?)schemas["cloud.kontinue.v1alpha1.RetrySpec"]!["properties"]!["retries"]!["description"]);
        Assert.Equal("Always kontinue.cloud/v1alpha1.", (string?)schemas["cloud.kontinue.v1alpha1.Execution"]!["properties"]!["apiVersion"]!["description"]);
        Assert.Contains("when name is absent", (string?)schemas["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]!["properties"]!["generateName"]!["description"], StringComparison.Ordinal);
        Assert.Equal("Its function.", (string?)schemas["cloud.kontinue.v1alpha1.ChildReference"]!["properties"]!["function"]!["description"]);
        Assert.Contains("RetryFailed: Runs failed children again", (string?)schemas["cloud.kontinue.v1alpha1.RetrySpec"]!["properties"]!["childPolicy"]!["description"], StringComparison.Ordinal);
        Assert.True((bool?)schemas["cloud.kontinue.v1alpha1.ExecutionSpec"]!["properties"]!["arguments"]!["x-kubernetes-preserve-unknown-fields"]);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("5s")]
    [InlineData("1h30m")]
    [InlineData("250ms")]
    [InlineData("1.5h")]
    [InlineData(".5d")]
    [InlineData("5.s")]
    [InlineData("1m1ms1us")]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("-1s")]
    [InlineData("5 s")]
    [InlineData("5y")]
    [InlineData(".s")]
    [InlineData("1.2.3s")]
    public void DurationPattern_AgreesWithDuration(string text)
    {
        JsonNode backoff = Of("3").Schemas["cloud.kontinue.v1alpha1.RetrySpec"]!["properties"]!["backoff"]!;
        Assert.Equal(Duration.TryParse(text, out _), Regex.IsMatch(text, (string)backoff["pattern"]!));
        Assert.True(Duration.TryParse((string)backoff["example"]!, out _));
    }

    /// <summary>What the server writes is what the schema promises: nothing unknown, nothing of another type.</summary>
    [Fact]
    public void WrittenResources_FitTheirShape()
    {
        var now = new DateTimeOffset(2026, 7, 1, 12, 0, 0, TimeSpan.Zero);
        var execution = new Execution
        {
            Metadata = new ObjectMetadata
            {
                Name = "x", GenerateName = "x", Namespace = "d", Uid = Guid.Empty, ResourceVersion = "1", Generation = 1, CreationTimestamp = now, DeletionTimestamp = now,
                Labels = new Dictionary<string, string> { ["a"] = "b" }, Annotations = new Dictionary<string, string> { ["a"] = "b" },
                OwnerReferences = [new OwnerReference("a", "b", "c", Guid.Empty)],
            },
            Spec = new ExecutionSpec
            {
                Function = "f", Arguments = JsonPayload.EmptyObject, WorkerGroup = "g", Retry = new RetrySpec { MaxBackoff = TimeSpan.FromSeconds(1) },
                Timeout = new TimeoutSpec { Attempt = TimeSpan.FromSeconds(1), Overall = TimeSpan.FromDays(1) },
                Ttl = new TtlSpec { ArchiveAfter = TimeSpan.FromSeconds(1), DeleteAfter = TimeSpan.FromDays(1) },
            },
            Status = new ExecutionStatus
            {
                Result = JsonPayload.Null, Error = new ExecutionError(ErrorKind.Internal, "m", true, "s", "t"), Phase = ExecutionPhase.Failed,
                State = new Dictionary<string, JsonPayload> { ["s"] = JsonPayload.EmptyObject }, Children = [new ChildReference("a", "b", ExecutionPhase.Failed)],
                Jobs = [new JobReference("a", "Job", "b", ExecutionPhase.Executing)],
                WaitingFor = [new WaitReference("Sleep", "s", now, "d", now)], StartedAt = now, FinishedAt = now, WakeAt = now, QueuedFor = TimeSpan.FromMilliseconds(1), Silo = "s",
                Conditions = [new Condition("Held", "True", "r", "m", now)],
            },
        };
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(execution, KontinueJsonContext.Writing.Execution);
        BodyFindings findings = BodyDiagnosis.Examine(json, Shape.Execution);
        Assert.Empty(findings.Warnings);
        Assert.False(findings.HasFaults);
        Assert.Equal(
            JsonNode.Parse(json)!["status"]!.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal),
            Of("3").Schemas["cloud.kontinue.v1alpha1.ExecutionStatus"]!["properties"]!.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Index_LeadsToTheDocumentForGood()
    {
        JsonNode index = JsonNode.Parse(await (await GetAsync("/openapi/v3")).Content.ReadAsStringAsync())!;
        string address = (string)index["paths"]!["apis/kontinue.cloud/v1alpha1"]!["serverRelativeURL"]!;
        HttpResponseMessage response = await GetAsync(address);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("immutable", response.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.Equal("3.0.0", (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["openapi"]);
        HttpResponseMessage old = await GetAsync(address[..^1]);
        Assert.DoesNotContain("immutable", old.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version2_IsServedAsJson_AndAsAnOutlineInProtobuf()
    {
        Assert.Equal("2.0", (string?)JsonNode.Parse(await (await GetAsync("/openapi/v2")).Content.ReadAsStringAsync())!["swagger"]);
        HttpResponseMessage protobuf = await SendAsync(HttpMethod.Get, "/openapi/v2", also: r =>
            r.Headers.TryAddWithoutValidation("Accept", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"));
        Assert.Equal("application/com.github.proto-openapi.spec.v2.v1.0+protobuf", protobuf.Content.Headers.ContentType!.ToString());
        Assert.Equal("\n\u00032.0\u0012\u0014\n\u0008Kontinue\u0012\u0008v1alpha1B\0J\0"u8.ToArray(), await protobuf.Content.ReadAsByteArrayAsync());
    }

    private static IEnumerable<(string Method, JsonNode Operation)> Operations(JsonNode path) =>
        path.AsObject().Where(o => o.Key is not "parameters").Select(o => (o.Key, o.Value!));

    private static (JsonObject Document, string Prefix, JsonObject Schemas) Of(string version) => version is "3"
        ? (V3, Schemas, V3["components"]!["schemas"]!.AsObject())
        : (V2, "#/definitions/", V2["definitions"]!.AsObject());
}
