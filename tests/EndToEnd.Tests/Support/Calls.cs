using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.EndToEnd.Tests.Support;

/// <summary>Short ways to ask a server, and to wait for what it will answer.</summary>
internal sealed class Calls(Uri address) : IDisposable
{
    private const string Root = "/apis/kontinue.cloud/v1alpha1/namespaces/default/executions";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly HttpClient _http = new() { BaseAddress = address, Timeout = Deadline };

    /// <summary>Where the server listens.</summary>
    public Uri Address => address;

    public void Dispose() => _http.Dispose();

    public async Task<Reply> SendAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await _http.SendAsync(request);
        return new Reply((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.RetryAfter is not null);
    }

    public Task<Reply> PostAsync(string body, string query = "") => SendAsync(HttpMethod.Post, Root + query, body);

    public Task<Reply> CreateAsync(string name, string function, string arguments = "{}", string query = "") =>
        PostAsync($$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"function":"{{{function}}}","arguments":{{{arguments}}} }}""", query);

    public Task<Reply> ListAsync() => SendAsync(HttpMethod.Get, Root);

    public Task<Reply> GetAsync(string name, string rest = "") => SendAsync(HttpMethod.Get, $"{Root}/{name}{rest}");

    public Task<Reply> ActAsync(string name, string action, string? body = null) => SendAsync(HttpMethod.Post, $"{Root}/{name}/{action}", body);

    public Task<Reply> ReadyAsync() => SendAsync(HttpMethod.Get, "/readyz");

    /// <summary>The result, waited for.</summary>
    public async Task<string> ResultAsync(string name) => (await GetAsync(name, "/result?wait=25s")).Expect(HttpStatusCode.OK).Text;

    /// <summary>Asks until the execution is as it should be.</summary>
    public async Task<Execution> UntilAsync(string name, Func<ExecutionStatus, bool> condition, string what)
    {
        Reply reply = await UntilAsync(() => GetAsync(name), r => r.Code == 200 && condition(r.As<Execution>().Status!), $"{name} to {what}");
        return reply.As<Execution>();
    }

    /// <summary>Asks until the answer is as it should be.</summary>
    public static async Task<Reply> UntilAsync(Func<Task<Reply>> ask, Func<Reply, bool> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            Reply reply = await ask();
            if (condition(reply))
            {
                return reply;
            }

            Assert.True(Stopwatch.GetElapsedTime(start) < Deadline, $"Waited {Deadline.TotalSeconds} s in vain for {what}; the last answer: {reply}");
            await Task.Delay(Pause);
        }
    }
}

/// <summary>An answer.</summary>
internal sealed record Reply(int Code, string Text, bool SaysWhenToRetry)
{
    public T As<T>() => JsonSerializer.Deserialize(Text, ResourceJson.Tolerant<T>())!;

    public Reply Expect(HttpStatusCode code)
    {
        Assert.True((int)code == Code, $"Expected {(int)code}, not {this}.");
        return this;
    }

    /// <summary>Checks that it is an error in the one form that errors have, with no entrails in it.</summary>
    public ErrorStatus ExpectError(int code, string reason)
    {
        Assert.True(code == Code, $"Expected {code}, not {this}.");
        ErrorStatus status = As<ErrorStatus>();
        Assert.Equal(("Status", "Failure", reason, code), (status.Kind, status.Status, status.Reason, status.Code));
        Assert.False(string.IsNullOrEmpty(status.Message));
        Assert.DoesNotContain("   at ", Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", status.Message, StringComparison.Ordinal);
        return status;
    }
}
