using Kontinue.Testing;
using Xunit;
using static Kontinue.Client.Tests.Support.Given;

namespace Kontinue.Client.Tests;

public sealed class HandleTests
{
    private readonly FakeClient _client = new();

    [Fact]
    public async Task Result_WaitsUntilTheEnd()
    {
        int asked = 0;
        _client.OnWait = (key, _, _) => Task.FromResult(
            ++asked < 3 ? FakeClient.Make(key, ExecutionPhase.Executing) : FakeClient.Make(key, ExecutionPhase.Completed, JsonPayload.From("hi")));
        Assert.Equal("hi", await _client.Handle("x").ResultAsync<string>());
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task Result_OfAFailure_IsThrown()
    {
        var error = new ExecutionError(ErrorKind.Execution, "Broken.", Retryable: false);
        _client.OnWait = (key, _, _) => Task.FromResult(FakeClient.Make(key, ExecutionPhase.Failed, error: error));
        Assert.Equal(error, (await Assert.ThrowsAsync<ExecutionFailedException>(() => _client.Handle(X).ResultAsync())).Error);
        _client.OnWait = (key, _, _) => Task.FromResult(FakeClient.Make(key, ExecutionPhase.Skipped));
        await Assert.ThrowsAsync<ExecutionCanceledException>(() => _client.Handle(X).ResultAsync());
    }

    [Fact]
    public async Task Actions_GoToTheExecution()
    {
        var done = new List<string>();
        _client.OnResume = (key, suspension, payload) => Note($"resume {key} {suspension} {payload}");
        _client.OnEvent = (key, name, payload) => Note($"event {key} {name} {payload}");
        _client.OnCancel = (key, reason) => Note($"cancel {key} {reason}");
        _client.OnRetry = (key, policy) => Note($"retry {key} {policy}");
        _client.OnGet = key => Task.FromResult(FakeClient.Make(key, ExecutionPhase.Pending));
        ExecutionHandle handle = _client.Handle(X);
        await handle.ResumeAsync("approval", new { Approved = true });
        await handle.ResumeAsync();
        await handle.SendEventAsync("abort", JsonPayload.Parse("[1]"));
        await handle.CancelAsync("why");
        await handle.RetryAsync(ChildPolicy.RetryFailed);
        Assert.Equal(X, (await handle.GetAsync()).Key);
        Assert.Equal(
            ["resume default/x approval {\"approved\":true}", "resume default/x  ", "event default/x abort [1]", "cancel default/x why", "retry default/x RetryFailed"],
            done);

        Task Note(string what)
        {
            done.Add(what);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Watch_IsOfThisExecutionAlone()
    {
        WatchQuery? seen = null;
        _client.OnWatch = (query, _) =>
        {
            seen = query;
            return AsyncEnumerable.Empty<ExecutionEvent>();
        };
        Assert.Empty(await _client.Handle(X).WatchAsync().ToListAsync());
        Assert.Equal(("default", "x", null), (seen!.Selector.Namespace, seen.Selector.Name, seen.ResourceVersion));
    }

    [Fact]
    public async Task Execute_WaitsOnAfterTheFirstAnswer()
    {
        _client.OnWait = (key, wait, _) => Task.FromResult(FakeClient.Make(key, ExecutionPhase.Completed, JsonPayload.From(wait)));
        Assert.Equal(KontinueClientExtensions.MaxWait, await _client.ExecuteAsync<TimeSpan>("hello"));
    }
}
