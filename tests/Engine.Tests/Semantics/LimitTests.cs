using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

public sealed class LimitTests
{
    private const int Limit = 1024;
    private static readonly string Large = new('x', Limit);

    private sealed record Text(string Value);

    private static Task<TestHost> StartAsync() => TestHost.StartAsync(
        k => k
            .AddFunction("echo", (KontinueContext _, Text text) => text.Value.Length)
            .AddFunction("step", (KontinueContext ktx) => ktx.Step("a", () => Large))
            .AddFunction("result", (KontinueContext _) => Large)
            .AddFunction("child", (KontinueContext ktx) => ktx.Execute<int>("echo", new Text(Large)))
            .AddFunction("again", Task (KontinueContext ktx) => throw ktx.ContinueAsNew(new Text(Large)))
            .AddFunction("waits", (KontinueContext ktx) => ktx.Suspend("gate")),
        options: o => o.MaxPayloadBytes = Limit);

    [Theory]
    [InlineData("step", "step 'a'")]
    [InlineData("result", "function's result")]
    [InlineData("child", "child 'echo'")]
    [InlineData("again", "ContinueAsNew")]
    public async Task A_value_that_is_too_large_fails_the_execution_and_says_what_it_was(string function, string what)
    {
        await using TestHost host = await StartAsync();
        ExecutionError error = (await host.WaitForEndAsync(await host.StartFunctionAsync(function))).Status!.Error!;

        Assert.Equal((ErrorKind.Validation, false), (error.Kind, error.Retryable));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Contains("limit of 1,024", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_events_and_payloads_that_are_too_large_are_refused_at_the_door()
    {
        await using TestHost host = await StartAsync();
        await Assert.ThrowsAsync<PayloadTooLargeException>(() => host.StartFunctionAsync("echo", new Text(Large)));
        ExecutionKey key = await host.StartFunctionAsync("waits");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        await Assert.ThrowsAsync<PayloadTooLargeException>(() => host.Client.SendEventAsync(key, "e", JsonPayload.From(Large)));
        await Assert.ThrowsAsync<PayloadTooLargeException>(() => host.Client.ResumeAsync(key, "gate", JsonPayload.From(Large)));
    }

    [Fact]
    public async Task A_value_that_is_just_small_enough_is_taken()
    {
        await using TestHost host = await StartAsync();
        var text = new Text(new string('x', Limit - """{"value":""}""".Length));
        Assert.Equal(text.Value.Length, await host.RunAsync<int>("echo", text));
    }
}
