using System.Net;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Api.Tests;

/// <summary>The fields that say what an execution waits for before it starts, and where it runs.</summary>
public sealed class QueueingFieldTests : ApiTest
{
    private const string One = Executions + "/x";

    /// <summary>The second is a manifest as kontinue's users have it.</summary>
    [Theory]
    [InlineData("application/json", """
        {"metadata":{"name":"x"},"spec":{"function":"hello","workerGroup":"blue","mutex":{"name":"db"},"priority":1,"concurrencyKey":"customer 7"}}
        """)]
    [InlineData("application/yaml", """
        apiVersion: kontinue.cloud/v1alpha1
        kind: Execution
        metadata:
          name: x
        spec:
          function: hello
          workerGroup: blue
          arguments:
            name: Ada
          mutex:
            name: db
          priority: 1
          concurrencyKey: customer 7
        """)]
    public async Task Create_PassesThemOn_AndAnswersThem(string type, string body)
    {
        Execution? seen = null;
        Client.OnCreate = (e, _, _) => Task.FromResult(seen = FakeClient.Stored(e, ExecutionPhase.Pending));
        HttpResponseMessage response = await SendAsync(HttpMethod.Post, Executions + "?fieldValidation=Strict", body, type);
        Execution created = await ReadAsync<Execution>(response, HttpStatusCode.Created);
        Assert.Equal(("blue", new MutexSpec { Name = "db" }, 1, "customer 7"), Fields(seen!));
        Assert.Equal(Fields(seen!), Fields(created));
    }

    [Theory]
    [InlineData("""{"mutex":{"names":"db"}}""", 400, "spec.mutex.names", "did you mean \"name\"?")]
    [InlineData("""{"mutex":{}}""", 400, "spec.mutex.name", "is required")]
    [InlineData("""{"mutex":{"name":null}}""", 400, "spec.mutex.name", "must be a string")]
    [InlineData("""{"mutex":"db"}""", 400, "spec.mutex", "must be an object, not \"db\"")]
    [InlineData("""{"priority":"high"}""", 400, "spec.priority", "must be a whole number")]
    [InlineData("""{"priority":1.5}""", 422, "spec.priority", "1.5 is not a whole number")]
    [InlineData("""{"concurrencyKey":7}""", 400, "spec.concurrencyKey", "must be a string, not 7")]
    [InlineData("""{"workerGroup":["a"]}""", 400, "spec.workerGroup", "must be a string")]
    public async Task Create_WrongShape_NamesTheField(string spec, int code, string field, string message)
    {
        string body = """{"metadata":{"name":"x"},"spec":{"function":"hello",""" + spec[1..] + "}";
        ErrorStatus status = await ErrorAsync(await PostAsync(Executions + "?fieldValidation=Strict", body), code, code == 422 ? "Invalid" : "BadRequest");
        StatusCause cause = Assert.Single(status.Details!.Causes!, c => c.Field == field);
        Assert.Contains(message, cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_ValueThatTheEngineRefuses_NamesTheField()
    {
        Client.OnCreate = (_, _, _) => throw new InvalidRequestException("spec.priority", "The priority must be from 1 (first) to 5, not 9.");
        ErrorStatus status = await ErrorAsync(
            await PostAsync(Executions, """{"metadata":{"name":"x"},"spec":{"function":"hello","priority":9}}"""), 422, "Invalid");
        Assert.Equal("spec.priority", Assert.Single(status.Details!.Causes!).Field);
    }

    [Theory]
    [InlineData("""{"mutex":{"name":"other"}}""", "spec.mutex")]
    [InlineData("""{"mutex":null}""", "spec.mutex")]
    [InlineData("""{"priority":2}""", "spec.priority")]
    [InlineData("""{"concurrencyKey":null}""", "spec.concurrencyKey")]
    [InlineData("""{"workerGroup":"green"}""", "spec.workerGroup")]
    public async Task Change_IsRefused(string spec, string field)
    {
        Execution stored = FakeClient.Make(new ExecutionKey("default", "x"), ExecutionPhase.Pending);
        stored = stored with
        {
            Spec = stored.Spec with { WorkerGroup = "blue", Mutex = new MutexSpec { Name = "db" }, Priority = 1, ConcurrencyKey = "k" },
        };
        Client.OnGet = _ => Task.FromResult(stored);
        Client.OnUpdate = (_, change) => Task.FromResult(change(stored));
        HttpResponseMessage same = await SendAsync(
            HttpMethod.Patch, One, """{"spec":{"mutex":{"name":"db"},"priority":1,"concurrencyKey":"k","workerGroup":"blue"}}""", "application/merge-patch+json");
        Assert.Equal(HttpStatusCode.OK, same.StatusCode);
        ErrorStatus status = await ErrorAsync(
            await SendAsync(HttpMethod.Patch, One, $$"""{"spec":{{spec}}}""", "application/merge-patch+json"), 422, "Invalid");
        Assert.Equal(field, Assert.Single(status.Details!.Causes!).Field);
    }

    private static (string?, MutexSpec?, int?, string?) Fields(Execution execution) =>
        (execution.Spec.WorkerGroup, execution.Spec.Mutex, execution.Spec.Priority, execution.Spec.ConcurrencyKey);
}
