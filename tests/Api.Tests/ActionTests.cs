using System.Net;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class ActionTests : ApiTest
{
    [Theory]
    [InlineData(null, null, null)]
    [InlineData("{}", null, null)]
    [InlineData("""{"suspension":"approval","payload":{"ok":true}}""", "approval", """{"ok":true}""")]
    [InlineData("""{"suspension":"sleep#2","payload":null}""", "sleep#2", "null")]
    public async Task Resume_IsPassedOn(string? body, string? suspension, string? payload)
    {
        (string? Suspension, JsonPayload Payload) seen = default;
        Client.OnResume = (_, s, p) =>
        {
            seen = (s, p);
            return Task.CompletedTask;
        };
        HttpResponseMessage response = await PostAsync(Executions + "/x/resume", body);
        ErrorStatus status = await ReadAsync<ErrorStatus>(response, HttpStatusCode.Accepted);
        Assert.Equal("Success", status.Status);
        Assert.Equal(suspension, seen.Suspension);
        Assert.Equal(payload ?? "", seen.Payload.ToString());
    }

    [Fact]
    public async Task Cancel_IsPassedOn()
    {
        string? seen = null;
        Client.OnCancel = (_, reason) =>
        {
            seen = reason;
            return Task.CompletedTask;
        };
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(Executions + "/x/cancel", """{"reason":"why not"}""")).StatusCode);
        Assert.Equal("why not", seen);
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(Executions + "/x/cancel")).StatusCode);
        Assert.Null(seen);
    }

    [Fact]
    public async Task Event_IsPassedOn()
    {
        (string, string) seen = default;
        Client.OnEvent = (_, name, payload) =>
        {
            seen = (name, payload.ToString());
            return Task.CompletedTask;
        };
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(Executions + "/x/events", """{"name":"abort","payload":"now"}""")).StatusCode);
        Assert.Equal(("abort", "\"now\""), seen);
    }

    [Theory]
    [InlineData("events", null, 400, "BadRequest")]
    [InlineData("events", """{"payload":1}""", 400, "BadRequest")]
    [InlineData("events", """{"name":"a#b"}""", 422, "Invalid")]
    [InlineData("events", """{"name":""}""", 422, "Invalid")]
    [InlineData("resume", """{"suspencion":"a"}""", 400, "BadRequest")]
    [InlineData("resume", """{"suspension":"a#b"}""", 422, "Invalid")]
    [InlineData("cancel", """{"reason":5}""", 400, "BadRequest")]
    public async Task Action_BadBody_IsRefused(string action, string? body, int code, string reason) =>
        await ErrorAsync(await PostAsync($"{Executions}/x/{action}", body), code, reason);

    [Fact]
    public async Task Action_OnEndedExecution_IsConflict()
    {
        Client.OnCancel = (key, _) => throw new ExecutionConflictException(key, "It has ended.");
        ErrorStatus status = await ErrorAsync(await PostAsync(Executions + "/x/cancel"), 409, "Conflict");
        Assert.Equal("x", status.Details!.Name);
    }

    [Fact]
    public async Task Action_OnUnknownExecution_IsNotFound()
    {
        Client.OnResume = (key, _, _) => throw new ExecutionNotFoundException(key);
        await ErrorAsync(await PostAsync(Executions + "/x/resume"), 404, "NotFound");
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("{}", null)]
    [InlineData("""{"childPolicy":"None"}""", ChildPolicy.None)]
    [InlineData("""{"childPolicy":"RetryFailed"}""", ChildPolicy.RetryFailed)]
    public async Task Retry_IsPassedOn(string? body, ChildPolicy? policy)
    {
        (string Name, ChildPolicy? Policy) seen = default;
        Client.OnRetry = (key, p) =>
        {
            seen = (key.Name, p);
            return Task.CompletedTask;
        };
        await ReadAsync<ErrorStatus>(await PostAsync(Executions + "/x/retry", body), HttpStatusCode.Accepted);
        Assert.Equal(("x", policy), seen);
    }

    [Fact]
    public async Task Skip_IsPassedOn()
    {
        (string, string?) seen = default;
        Client.OnSkip = (_, result, reason) =>
        {
            seen = (result.ToString(), reason);
            return Task.CompletedTask;
        };
        await ReadAsync<ErrorStatus>(await PostAsync(Executions + "/x/skip", """{"result":[1],"reason":"why not"}"""), HttpStatusCode.Accepted);
        Assert.Equal(("[1]", "why not"), seen);
    }

    [Fact]
    public async Task Resubmit_AnswersTheNewOne()
    {
        Client.OnResubmit = (key, name) => Task.FromResult(FakeClient.Make(key with { Name = name ?? "made" }, ExecutionPhase.Pending));
        HttpResponseMessage response = await PostAsync(Executions + "/x/resubmit", """{"name":"y"}""");
        Assert.Equal("y", (await ReadAsync<Execution>(response, HttpStatusCode.Created)).Metadata.Name);
        Assert.Equal(Executions + "/y", response.Headers.Location!.ToString());
        response = await PostAsync(Executions + "/x/resubmit");
        Assert.Equal("made", (await ReadAsync<Execution>(response, HttpStatusCode.Created)).Metadata.Name);
        await ErrorAsync(await PostAsync(Executions + "/x/resubmit", """{"name":"Not A Name"}"""), 422, "Invalid");
    }

    [Theory]
    [InlineData("cancel", null, ExecutionPhase.Executing, ExecutionPhase.Completed)]
    [InlineData("resume", null, ExecutionPhase.Suspended, ExecutionPhase.Failed)]
    [InlineData("events", """{"name":"go"}""", ExecutionPhase.Pending, ExecutionPhase.Canceled)]
    [InlineData("retry", null, ExecutionPhase.Failed, ExecutionPhase.Executing)]
    [InlineData("skip", null, ExecutionPhase.Suspended, ExecutionPhase.Completed)]
    public async Task DryRun_LooksAtThePhaseAndDoesNothing(string action, string? body, ExecutionPhase good, ExecutionPhase bad)
    {
        var done = new InvalidOperationException("A dry run must do nothing.");
        Client.OnCancel = (_, _) => throw done;
        Client.OnResume = (_, _, _) => throw done;
        Client.OnEvent = (_, _, _) => throw done;
        Client.OnRetry = (_, _) => throw done;
        Client.OnSkip = (_, _, _) => throw done;
        string path = $"{Executions}/x/{action}?dryRun=All";
        Client.OnGet = key => Task.FromResult(FakeClient.Make(key, good));
        await ReadAsync<ErrorStatus>(await PostAsync(path, body), HttpStatusCode.Accepted);
        Client.OnGet = key => Task.FromResult(FakeClient.Make(key, bad));
        await ErrorAsync(await PostAsync(path, body), 409, "Conflict");
        Client.OnGet = key => throw new ExecutionNotFoundException(key);
        await ErrorAsync(await PostAsync(path, body), 404, "NotFound");
    }

    [Fact]
    public async Task DryRun_OfResubmit_TriesToCreate()
    {
        Execution? tried = null;
        Client.OnGet = key => Task.FromResult(FakeClient.Make(key, ExecutionPhase.Failed));
        Client.OnTryCreate = e => Task.FromResult(tried = e);
        await ReadAsync<Execution>(await PostAsync(Executions + "/x/resubmit?dryRun=All"), HttpStatusCode.Created);
        Assert.Equal(("x-", "hello", null), (tried!.Metadata.GenerateName, tried.Spec.Function, tried.Metadata.Uid));
    }
}
