using System.Net;
using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Resources;
using Kontinue.Testing;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class FieldValidationTests : ApiTest
{
    private const string Strays =
        """{"metadata":{"name":"x","labels":{"a":"1","a":"2"}},"spec":{"function":"a","functoin":"b","function":"hello","retry":{"zzzzzz":1}},"more":{}}""";

    [Theory]
    [InlineData("", true)]
    [InlineData("?fieldValidation=", true)]
    [InlineData("?fieldValidation=Warn", true)]
    [InlineData("?fieldValidation=Ignore", false)]
    public async Task Create_WithStrayFields_IsAcceptedUnlessStrict(string query, bool warns)
    {
        Execution? seen = null;
        Client.OnCreate = (e, _, _) =>
        {
            seen = e;
            return Task.FromResult(FakeClient.Stored(e, ExecutionPhase.Pending, default));
        };
        HttpResponseMessage response = await PostAsync(Executions + query, Strays);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("hello", seen!.Spec.Function);
        Assert.Equal("2", seen.Metadata.Labels!["a"]);
        string[] expected =
        [
            """299 - "duplicate field \"metadata.labels.a\"" """.TrimEnd(),
            """299 - "unknown field \"spec.functoin\"" """.TrimEnd(),
            """299 - "duplicate field \"spec.function\"" """.TrimEnd(),
            """299 - "unknown field \"spec.retry.zzzzzz\"" """.TrimEnd(),
            """299 - "unknown field \"more\"" """.TrimEnd(),
        ];
        Assert.Equal(warns ? expected : [], Warnings(response));
    }

    [Fact]
    public async Task Create_WithStrayFields_Strict_IsRefusedNamingAll()
    {
        ErrorStatus status = await ErrorAsync(await PostAsync(Executions + "?fieldValidation=Strict", Strays), 400, "BadRequest");
        Assert.StartsWith(
            """strict decoding error: duplicate field "metadata.labels.a", unknown field "spec.functoin", duplicate field "spec.function", unknown field "spec.retry.zzzzzz", unknown field "more" """.TrimEnd(),
            status.Message, StringComparison.Ordinal);
        Assert.Contains("spec.functoin: did you mean \"function\"?", status.Message, StringComparison.Ordinal);
        Assert.Contains("known are retries, backoff", status.Details!.Causes![3].Message, StringComparison.Ordinal);
        Assert.Equal(
            ["metadata.labels.a", "spec.functoin", "spec.function", "spec.retry.zzzzzz", "more"], status.Details.Causes.Select(c => c.Field));
    }

    [Theory]
    [InlineData("Strict")]
    [InlineData("Warn")]
    [InlineData("Ignore")]
    public async Task Create_WithoutStrayFields_HasNoWarnings(string validation)
    {
        HttpResponseMessage response = await PostAsync(
            $"{Executions}?fieldValidation={validation}",
            """{"metadata":{"name":"x"},"spec":{"function":"hello","arguments":{"any":1},"ttl":{"deleteAfter":"7d"}}}""");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Empty(Warnings(response));
    }

    [Theory]
    [InlineData("Strict")]
    [InlineData("Warn")]
    [InlineData("Ignore")]
    public async Task Create_WithAWrongType_IsRefusedAlways(string validation)
    {
        ErrorStatus status = await ErrorAsync(await PostAsync(
            $"{Executions}?fieldValidation={validation}", """{"metadata":{"name":"x"},"spec":{"function":"hello","retry":{"retries":"2"}}}"""), 400, "BadRequest");
        Assert.Equal("spec.retry.retries", Assert.Single(status.Details!.Causes!).Field);
    }

    [Fact]
    public async Task Create_WithAFieldMissingAndOneMisspelled_SaysBoth()
    {
        ErrorStatus status = await ErrorAsync(await PostAsync(Executions, """{"metadata":{"name":"x"},"spec":{"functoin":"hello"}}"""), 400, "BadRequest");
        Assert.Equal(["spec.functoin", "spec.function"], status.Details!.Causes!.Select(c => c.Field));
    }

    [Theory]
    [InlineData("Warn", 422, "Invalid")]
    [InlineData("Strict", 400, "BadRequest")]
    public async Task Create_WithAStrayFieldAndAWrongValue_NamesBoth(string validation, int code, string reason)
    {
        ErrorStatus status = await ErrorAsync(await PostAsync(
            $"{Executions}?fieldValidation={validation}", """{"metadata":{"name":"x"},"spec":{"function":"f","more":1,"retry":{"backoff":"soon"}}}"""), code, reason);
        Assert.Equal(["spec.more", "spec.retry.backoff"], status.Details!.Causes!.Select(c => c.Field));
    }

    [Theory]
    [InlineData("strict")]
    [InlineData("Loud")]
    public async Task Create_WithUnknownValidation_IsBadRequest(string validation)
    {
        ErrorStatus status = await ErrorAsync(await PostAsync($"{Executions}?fieldValidation={validation}", Strays), 400, "BadRequest");
        Assert.Equal("fieldValidation", status.Details!.Causes![0].Field);
        Assert.Contains("Ignore, Warn, Strict", status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_WithMetadataThatOnlyClustersKeep_IsAcceptedSilently()
    {
        HttpResponseMessage response = await PostAsync(Executions + "?fieldValidation=Strict", """
            {"metadata":{"name":"x","managedFields":[{"manager":"kubectl"}],"selfLink":"/x","finalizers":[],"deletionGracePeriodSeconds":null},
             "spec":{"function":"hello"}}
            """);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Empty(Warnings(response));
    }

    [Fact]
    public async Task Create_WithFinalizers_IsInvalid()
    {
        ErrorStatus status = await ErrorAsync(
            await PostAsync(Executions, """{"metadata":{"name":"x","finalizers":["a/b"]},"spec":{"function":"hello"}}"""), 422, "Invalid");
        Assert.Equal("metadata.finalizers", Assert.Single(status.Details!.Causes!).Field);
    }

    [Fact]
    public async Task Create_WithVeryManyStrayFields_WarnsOfSome()
    {
        string fields = string.Join(',', Enumerable.Range(0, 1000).Select(i => $"\"f{i}\":1"));
        HttpResponseMessage response = await PostAsync(Executions, $$$$"""{"metadata":{"name":"x"},"spec":{"function":"hello"},{{{{fields}}}}}""");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        string[] warnings = Warnings(response);
        Assert.Equal(21, warnings.Length);
        Assert.Equal("299 - \"980 more fields are unknown or duplicate\"", warnings[^1]);
    }

    [Theory]
    [InlineData("""a"b\c""", """299 - "unknown field \"a\"b\\c\"" """)]
    [InlineData("a\r\nSet-Cookie: x", """299 - "unknown field \"a\\u000d\\u000aSet-Cookie: x\"" """)]
    [InlineData("größe", """299 - "unknown field \"gr\\u00f6\\u00dfe\"" """)]
    public void Warnings_AreEscaped(string name, string expected)
    {
        var context = new DefaultHttpContext();
        WarningHeaders.Add(context.Response, [$"unknown field \"{name}\""]);
        Assert.Equal(expected.TrimEnd(), context.Response.Headers.Warning.ToString());
    }

    [Fact]
    public void Warnings_AreCut()
    {
        var context = new DefaultHttpContext();
        WarningHeaders.Add(context.Response, [new string('x', 5000)]);
        Assert.InRange(context.Response.Headers.Warning.ToString().Length, 256, 300);
    }

    [Fact]
    public async Task Create_WithAFieldOfForeignLetters_WarnsInAscii()
    {
        HttpResponseMessage response = await PostAsync(Executions, """{"metadata":{"name":"x"},"spec":{"function":"hello","größe\u0007":1}}""");
        Assert.Equal("""299 - "unknown field \"spec.gr\\u00f6\\u00dfe\\u0007\"" """.TrimEnd(), Assert.Single(Warnings(response)));
    }

    [Theory]
    [InlineData("resume", """{"suspencion":"a"}""", "unknown field \"suspencion\"")]
    [InlineData("cancel", """{"reason":"a","reason":"b"}""", "duplicate field \"reason\"")]
    public async Task Action_IsStrictWhateverIsAskedFor(string action, string body, string message)
    {
        ErrorStatus status = await ErrorAsync(await PostAsync($"{Executions}/x/{action}?fieldValidation=Ignore", body), 400, "BadRequest");
        Assert.Contains(message, status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_WarnsToo()
    {
        ReadBody<Execution> read = BodyReader.Bind<Execution>("""{"metadata":{},"spec":{"function":"f","x":1}}"""u8.ToArray(), Shape.Execution, FieldValidation.Warn);
        Assert.Equal("f", read.Value.Spec.Function);
        Assert.Equal(["unknown field \"spec.x\""], read.Warnings);
    }

    private static string[] Warnings(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues("Warning", out var values) ? [.. values] : [];
}
