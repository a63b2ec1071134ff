using System.Diagnostics;
using System.Net;
using System.Text;
using Kontinue.Api.Requests;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class YamlTests : ApiTest
{
    private const int MaxBytes = 100_000;

    [Theory]
    [InlineData("a: 1", """{"a":1}""")]
    [InlineData("- a\n- [b, c]\n- {d: e}", """["a",["b","c"],{"d":"e"}]""")]
    [InlineData("plain", "\"plain\"")]
    [InlineData("a:", """{"a":null}""")]
    [InlineData("[~, null, Null, NULL]", "[null,null,null,null]")]
    [InlineData("[true, True, TRUE, false, False, FALSE]", "[true,true,true,false,false,false]")]
    [InlineData("[yes, no, on, off, y, n, Yes, nUll, tRue]", """["yes","no","on","off","y","n","Yes","nUll","tRue"]""")]
    [InlineData("[0, -0, +7, 007, 0o17, 0xff, 12345678901234567890123]", "[0,0,7,7,15,255,12345678901234567890123]")]
    [InlineData("[1.5, .5, -.5, 5., 1e3, +1.5E-3, 00.5, 0.]", "[1.5,0.5,-0.5,5,1e3,1.5E-3,0.5,0]")]
    [InlineData("[0b11, 1_000, 0o8, 0xg, 1.2.3, '1', \"true\", 1:30, 2026-01-31]", """["0b11","1_000","0o8","0xg","1.2.3","1","true","1:30","2026-01-31"]""")]
    [InlineData("[0o7777777777777777777777777]", """["0o7777777777777777777777777"]""")]
    [InlineData("[!!str 1, !!int '1', !!bool 'true', !!null '', !!float '1', ! 1]", """["1",1,true,null,1,"1"]""")]
    [InlineData("!!map {a: !!seq [b]}", """{"a":["b"]}""")]
    [InlineData("1: a\ntrue: b\n'null': c\n'<<': d", """{"1":"a","true":"b","null":"c","<<":"d"}""")]
    [InlineData("a: |\n  b\n  c\nd: >-\n  e\n  f", """{"a":"b\nc\n","d":"e f"}""")]
    [InlineData("%YAML 1.2\n---\na: 1\n...\n# end", """{"a":1}""")]
    [InlineData("a: &x [1]\nb: *x\nc: &x 2\nd: *x", """{"a":[1],"b":[1],"c":2,"d":2}""")]
    [InlineData("- &a 1\n- &o [*a]\n- &a 2\n- *o\n- *a", "[1,[1],2,[1],2]")]
    [InlineData("a: größe \"q\"", """{"a":"größe \"q\""}""")]
    [InlineData("\t{\"a\": 1,\n\t\"b\": [true]}", "\t{\"a\": 1,\n\t\"b\": [true]}")]
    public void ToJson_FollowsTheCoreSchema(string yaml, string json) => Assert.Equal(json, Convert(yaml));

    [Theory]
    [InlineData("a: 1\nb: 2\na: 3", "line 3, column 1: the key \"a\" is there more than once")]
    [InlineData("1: a\n'1': b", "the key \"1\" is there more than once")]
    [InlineData("a: 1\n---\nb: 2", "second document")]
    [InlineData("# nothing", "without a document")]
    [InlineData("a: [1", "line")]
    [InlineData("a: 'b", "line")]
    [InlineData("a: b: c", "line")]
    [InlineData("a: *b", "there is no anchor \"b\"")]
    [InlineData("a: &x [*x]", "there is no anchor \"x\"")]
    [InlineData("a: &x {b: {c: *x}}", "there is no anchor \"x\"")]
    [InlineData("[a]: b", "a key must be a plain value")]
    [InlineData("? {a: b}\n: c", "a key must be a plain value")]
    [InlineData("a: &x b\n*x : c", "a key must be a plain value")]
    [InlineData("~: a", "a key must not be null")]
    [InlineData("a: &x {b: c}\nd:\n  <<: *x", "merge keys (<<) are not supported")]
    [InlineData("a: .nan", ".nan cannot be a value in JSON")]
    [InlineData("a: -.Inf", "cannot be a value in JSON")]
    [InlineData("a: !!int b", "not of its tag, !!int")]
    [InlineData("a: !!binary aGk=", "binary is not supported")]
    [InlineData("a: !!js/function f", "is not supported")]
    [InlineData("a: !Local {b: c}", "!Local is not supported")]
    [InlineData("a: \"\\ud800\"", "line")]
    [InlineData("a: 1\n\"\\ud800\": 1", "line")]
    [InlineData("a: 1\n\"\\ud800\\u0041\": 1", "not valid Unicode")]
    [InlineData("a: \"\\ud800\\ud800\"", "not valid Unicode")]
    [InlineData("\"\\udc00\\ud800\"", "not valid Unicode")]
    public void ToJson_WhatJsonCannotSay_IsBadRequest(string yaml, string message)
    {
        ErrorStatus status = Assert.Throws<ApiException>(() => Convert(yaml)).Status;
        Assert.Equal(400, status.Code);
        Assert.Contains(message, status.Message, StringComparison.Ordinal);
        Assert.Contains("YAML", status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToJson_BillionLaughs_IsTooLarge()
    {
        var yaml = new StringBuilder("l0: &l0 lol\n");
        for (int i = 1; i <= 20; i++)
        {
            yaml.Append($"l{i}: &l{i} [{string.Join(", ", Enumerable.Repeat($"*l{i - 1}", 10))}]\n");
        }

        Assert.Equal(413, Assert.Throws<ApiException>(() => Convert(yaml.ToString())).Status.Code);
    }

    [Fact]
    public void ToJson_AliasesOfNothing_AreBoundedToo()
    {
        var yaml = new StringBuilder("l0: &l0 []\n");
        for (int i = 1; i <= 30; i++)
        {
            yaml.Append($"l{i}: &l{i} [*l{i - 1}, *l{i - 1}]\n");
        }

        Assert.Equal(413, Assert.Throws<ApiException>(() => Convert(yaml.ToString())).Status.Code);
    }

    [Fact]
    public void ToJson_AliasesDeeperThanJson_IsBadRequest()
    {
        var yaml = new StringBuilder("l0: &l0 x\n");
        for (int i = 1; i <= 70; i++)
        {
            yaml.Append($"l{i}: &l{i} [*l{i - 1}]\n");
        }

        Assert.Contains("deeper than 64", Assert.Throws<ApiException>(() => Convert(yaml.ToString())).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> Attacks =>
    [
        new string('[', 1_000_000),
        string.Concat(Enumerable.Repeat("{a: ", 200_000)),
        string.Concat(Enumerable.Repeat("- ", 400_000)),
        string.Concat(Enumerable.Repeat("[\n", 400_000)),
        string.Concat(Enumerable.Repeat("? ", 400_000)),
        "[" + string.Concat(Enumerable.Repeat("a,", 400_000)) + "]",
        string.Concat(Enumerable.Range(0, 100_000).Select(i => $"&a{i} ")),
    ];

    /// <summary>The deadline is far above what a slow machine takes for one pass, and far below what anything worse than that takes.</summary>
    [Theory]
    [MemberData(nameof(Attacks), DisableDiscoveryEnumeration = true)]
    public void ToJson_Attack_IsRefusedSoon(string yaml)
    {
        long start = Stopwatch.GetTimestamp();
        Assert.Equal(400, Assert.Throws<ApiException>(() => Convert(yaml)).Status.Code);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 15);
    }

    [Theory]
    [InlineData("application/yaml")]
    [InlineData("application/yaml; charset=utf-8")]
    [InlineData("Application/YAML")]
    public async Task Create_InYaml_IsPassedOn(string contentType)
    {
        Execution? seen = null;
        Client.OnCreate = (e, _, _) =>
        {
            seen = e;
            return Task.FromResult(FakeClient.Stored(e, ExecutionPhase.Pending, default));
        };
        HttpResponseMessage response = await SendAsync(HttpMethod.Post, Executions, """
            apiVersion: kontinue.cloud/v1alpha1
            kind: Execution
            metadata:
              generateName: x-
              labels: {answer: "42", country: no}
            spec:
              function: hello
              arguments: {n: 1, who: [Ada]}
              retry: {retries: 2, backoff: 1m30s}
              unknown: 1
            """, contentType);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("""{"n":1,"who":["Ada"]}""", seen!.Spec.Arguments.ToString());
        Assert.Equal("no", seen.Metadata.Labels!["country"]);
        Assert.Equal(TimeSpan.FromSeconds(90), seen.Spec.Retry!.Backoff);
        Assert.Contains("spec.unknown", Assert.Single(response.Headers.NonValidated["Warning"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_InYamlWithAWrongType_NamesTheField()
    {
        ErrorStatus status = await ErrorAsync(
            await SendAsync(HttpMethod.Post, Executions, "metadata: {name: x, labels: {a: 1}}\nspec: {function: f}", "application/yaml"), 400, "BadRequest");
        Assert.Equal("metadata.labels.a", Assert.Single(status.Details!.Causes!).Field);
    }

    [Fact]
    public async Task Action_InYaml_IsPassedOn()
    {
        string? seen = null;
        Client.OnCancel = (_, reason) =>
        {
            seen = reason;
            return Task.CompletedTask;
        };
        HttpResponseMessage response = await SendAsync(HttpMethod.Post, Executions + "/x/cancel", "reason: too late", "application/yaml");
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("too late", seen);
    }

    [Fact]
    public void Input_that_the_parser_stumbles_over_is_refused_as_bad_input()
    {
        ApiException refusal = Assert.Throws<ApiException>(() => Convert("annotations:\n {\n      two\n      lines\nfunction: \"\n  x: 1\n"));
        Assert.Equal(400, refusal.Status.Code);
        Assert.Contains("line 1", refusal.Message, StringComparison.Ordinal);
    }

    private static string Convert(string yaml) => Encoding.UTF8.GetString(YamlBody.ToJson(Encoding.UTF8.GetBytes(yaml), MaxBytes).Span);
}
