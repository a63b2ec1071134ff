using System.Net;
using Kontinue.Resources;
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
}
