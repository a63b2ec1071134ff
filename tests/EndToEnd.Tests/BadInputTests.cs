using System.Net;
using Kontinue.EndToEnd.Tests.Support;
using Kontinue.Engine.Storage;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.EndToEnd.Tests;

/// <summary>What cannot be used is refused with the field at fault, and leaves nothing behind.</summary>
public sealed class BadInputTests : IAsyncLifetime
{
    private const int MaxPayload = 2048;
    private static readonly string TooLong = new('x', MaxPayload);

    private Server _server = null!;

    private Calls Calls => _server.Calls;

    public async Task InitializeAsync() =>
        _server = await Server.StartAsync(k => k.UseStore(_ => new InMemoryStore()), configure: o => o.MaxPayloadBytes = MaxPayload);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("""{"name":"Ada","times":"often"}""", "spec.arguments.times")]
    [InlineData("""{"name":"Ada","times":1.5}""", "spec.arguments.times")]
    [InlineData("""{"name":["Ada"],"times":1}""", "spec.arguments.name")]
    [InlineData("[]", "spec.arguments")]
    public async Task Arguments_that_do_not_bind_are_refused_with_their_path(string arguments, string field)
    {
        ErrorStatus status = (await Calls.CreateAsync("a", "greet", arguments)).ExpectError(422, "Invalid");
        Assert.Equal(field, Assert.Single(status.Details!.Causes!).Field);
        await ExpectNothingAsync();
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"A_b"},"spec":{"function":"greet"}}""", 422, "metadata.name")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"function":"Greet!"}}""", 422, "spec.function")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"function":"approval","workerGroup":"no group"}}""", 422, "spec.workerGroup")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"function":"approval","retry":{"backoff":"soon"}}}""", 422, "spec.retry.backoff")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"function":"approval","retry":{"retries":-1}}}""", 422, "spec.retry.retries")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"function":"approval","retry":{"jitter":2}}}""", 422, "spec.retry.jitter")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"function":"approval","timeout":{"attempt":"0s"}}}""", 422, "spec.timeout.attempt")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"function":"approval","timeout":{"overall":"99999999d"}}}""", 422, "spec.timeout.overall")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"functoin":"approval"}}""", 400, "spec.functoin")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"function":"approval"}""", 400, "line 1")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"function":"approval","arguments":{"a":tru}}}""", 400, "line 1")]
    public async Task Bad_names_durations_and_JSON_are_refused(string body, int code, string part)
    {
        ErrorStatus status = (await Calls.PostAsync(body)).ExpectError(code, code == 400 ? "BadRequest" : "Invalid");
        Assert.Contains(part, status.Message, StringComparison.Ordinal);
        await ExpectNothingAsync();
    }

    [Fact]
    public async Task Arguments_over_the_limit_are_refused()
    {
        Reply reply = await Calls.CreateAsync("a", "greet", $$"""{"name":"{{TooLong}}","times":1}""");
        Assert.Contains("2,048", reply.ExpectError(413, "RequestEntityTooLarge").Message, StringComparison.Ordinal);
        await ExpectNothingAsync();
    }

    [Fact]
    public async Task Payloads_over_the_limit_are_refused_and_the_wait_goes_on()
    {
        (await Calls.CreateAsync("a", "approval")).Expect(HttpStatusCode.Created);
        await Calls.UntilAsync("a", s => s.Phase == ExecutionPhase.Suspended, "wait");
        (await Calls.ActAsync("a", "resume", $$"""{"payload":"{{TooLong}}"}""")).ExpectError(413, "RequestEntityTooLarge");
        (await Calls.ActAsync("a", "events", $$"""{"name":"e","payload":"{{TooLong}}"}""")).ExpectError(413, "RequestEntityTooLarge");
        (await Calls.ActAsync("a", "events", $$"""{"name":"e","payload":"{{new string('x', 100_000)}}"}""")).ExpectError(413, "RequestEntityTooLarge");

        (await Calls.ActAsync("a", "resume", """{"payload":{"by":"Ada"}}""")).Expect(HttpStatusCode.Accepted);
        Assert.Equal("\"opened by Ada\"", await Calls.ResultAsync("a"));
    }

    [Fact]
    public async Task A_resume_whose_payload_does_not_bind_fails_the_execution_and_says_where()
    {
        (await Calls.CreateAsync("a", "approval")).Expect(HttpStatusCode.Created);
        await Calls.UntilAsync("a", s => s.Phase == ExecutionPhase.Suspended, "wait");
        (await Calls.ActAsync("a", "resume", """{"payload":{"by":7}}""")).Expect(HttpStatusCode.Accepted);
        Execution failed = await Calls.UntilAsync("a", s => s.Phase.IsTerminal(), "end");
        Assert.Equal(ExecutionPhase.Failed, failed.Status!.Phase);
        Assert.Equal("gate", failed.Status.Error!.Step);
    }

    [Fact]
    public async Task A_result_over_the_limit_fails_the_execution_and_says_so()
    {
        Reply reply = await Calls.CreateAsync("a", "large", $$"""{"length":{{MaxPayload}}}""", "?wait=25s");
        ExecutionStatus status = reply.Expect(HttpStatusCode.Created).As<Execution>().Status!;
        Assert.Equal((ExecutionPhase.Failed, ErrorKind.Validation), (status.Phase, status.Error!.Kind));
        ErrorStatus result = (await Calls.GetAsync("a", "/result")).ExpectError(409, "ExecutionFailed");
        Assert.Contains("limit of 2,048", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_function_waits_says_why_and_can_be_canceled()
    {
        Execution created = (await Calls.CreateAsync("a", "nobody-has-it")).Expect(HttpStatusCode.Created).As<Execution>();
        Execution read = (await Calls.GetAsync("a")).Expect(HttpStatusCode.OK).As<Execution>();
        foreach (Execution seen in new[] { created, read })
        {
            Assert.Equal(ExecutionPhase.Pending, seen.Status!.Phase);
            Condition condition = Assert.Single(seen.Status.Conditions!);
            Assert.Equal((Condition.FunctionUnknown, "True"), (condition.Type, condition.Status));
            Assert.Contains("nobody-has-it", condition.Message, StringComparison.Ordinal);
        }

        (await Calls.ActAsync("a", "cancel")).Expect(HttpStatusCode.Accepted);
        await Calls.UntilAsync("a", s => s.Phase == ExecutionPhase.Canceled, "be canceled");
    }

    private async Task ExpectNothingAsync()
    {
        Assert.Empty((await Calls.ListAsync()).Expect(HttpStatusCode.OK).As<ExecutionList>().Items);
        (await Calls.GetAsync("a")).ExpectError(404, "NotFound");
    }
}
