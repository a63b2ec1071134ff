using System.Text.Json.Nodes;
using Kontinue.Cli.Benchmarking;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Cli.Tests;

public sealed class BenchTests : CliTest
{
    public BenchTests() => Client.OnListFunctions = () => Task.FromResult(new FunctionList
    {
        Items =
        [
            new Function
            {
                Metadata = new ObjectMetadata { Name = "hello" },
                Spec = new FunctionSpec { Arguments = JsonPayload.Parse("""{"properties":{"name":{"type":"string"}}}""") },
            },
        ],
    });

    [Fact]
    public async Task UnknownFunction_IsSaidAtOnce()
    {
        Client.OnCreate = (_, _, _) => throw new InvalidOperationException("Nothing must be created.");
        Assert.Equal(ExitCodes.Error, await RunAsync("bench", "helo", "--duration", "1h"));
        Assert.Equal("error: The server knows no function 'helo'. It knows: hello.\n", Error);
    }

    [Fact]
    public async Task Parameters_FollowTheSchema()
    {
        var seen = new System.Collections.Concurrent.ConcurrentBag<string>();
        Client.OnCreate = (e, _, _) =>
        {
            seen.Add(e.Spec.Arguments.ToString());
            return Task.FromResult(FakeClient.Stored(e, ExecutionPhase.Completed));
        };
        Assert.Equal(ExitCodes.Ok, await RunAsync("bench", "hello", "--qps", "100", "--duration", "20ms", "-p", "name=1"));
        Assert.Equal(["""{"name":"1"}"""], seen.Distinct());
    }

    [Fact]
    public async Task Report_SaysWhatHappened()
    {
        int count = 0;
        Client.OnCreate = (e, _, _) => Task.FromResult(Interlocked.Increment(ref count) switch
        {
            1 => FakeClient.Stored(e, ExecutionPhase.Failed, default, new ExecutionError(ErrorKind.Validation, "too cold", Retryable: false)),
            2 => throw new UnavailableException("away"),
            3 => FakeClient.Stored(e, ExecutionPhase.Executing),
            _ => FakeClient.Stored(e, ExecutionPhase.Completed),
        });
        Client.OnWait = (key, _, _) => Task.FromResult(FakeClient.Make(key, ExecutionPhase.Completed));
        Assert.Equal(ExitCodes.Error, await RunAsync("bench", "hello", "--qps", "1000", "--duration", "20ms", "-p", "a=1", "-o", "json"));
        JsonNode report = JsonNode.Parse(Out)!;
        Assert.Equal((20, 18, 2, 0), ((int)report["started"]!, (int)report["completed"]!, (int)report["failed"]!, (int)report["unfinished"]!));
        Assert.Equal(["Unavailable", "Validation"], report["errors"]!.AsArray().Select(e => (string)e!["reason"]!));
        Assert.Equal("too cold", (string)report["errors"]![1]!["example"]!);
        Assert.Equal((100, 200), (Connection!.Limit!.PerSecond, Connection.Limit.Burst));
    }

    [Fact]
    public async Task AllCompleted_Is0()
    {
        Client.OnCreate = (e, _, _) => Task.FromResult(FakeClient.Stored(e, ExecutionPhase.Completed));
        Assert.Equal(ExitCodes.Ok, await RunAsync("bench", "hello", "--qps", "100", "--duration", "50ms"));
        Assert.Contains("Completed:   5\n", Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Latency_CountsFromTheIntendedStart()
    {
        // Without a context, what waits goes on while the clock is moved, not at some time after it.
        SynchronizationContext.SetSynchronizationContext(null);

        // One at a time, one per second: the first takes 3 seconds and so makes the next two late.
        var time = new ManualTimeProvider();
        var first = new TaskCompletionSource();
        int count = 0;
        Client.OnCreate = async (e, _, _) =>
        {
            if (Interlocked.Increment(ref count) == 1)
            {
                await first.Task;
            }

            return FakeClient.Stored(e, ExecutionPhase.Completed);
        };
        var plan = new BenchPlan(Make("x", ExecutionPhase.Pending), PerSecond: 1, MaxConcurrency: 1, TimeSpan.FromSeconds(4));
        Task<BenchReport> run = new BenchRun(At(time), Client, plan).RunAsync(default);
        time.Advance(TimeSpan.FromSeconds(3));
        first.SetResult();
        BenchReport report = await run.WaitAsync(Deadline);
        Assert.Equal((4, 4, 0), (report.Started, report.Completed, report.NeverStarted));
        Assert.Equal((2, TimeSpan.FromSeconds(2)), (report.LateStarts, report.LatestStart));
        Assert.Equal(3000, report.Max);
        Assert.InRange(report.P50, 1000, 1020);
    }

    [Fact]
    public async Task Interrupted_ReportsWhatThereIs()
    {
        using var interrupt = new CancellationTokenSource();
        int count = 0;
        Client.OnCreate = async (e, _, token) =>
        {
            if (Interlocked.Increment(ref count) > 2)
            {
                await interrupt.CancelAsync();
                await Task.Delay(Timeout.Infinite, token);
            }

            return FakeClient.Stored(e, ExecutionPhase.Completed);
        };
        Assert.Equal(ExitCodes.Interrupted, await RunAsync(interrupt.Token, "bench", "hello", "--qps", "1000", "--max-concurrency", "1", "--duration", "1h"));
        Assert.Contains("Completed:   2\n", Out, StringComparison.Ordinal);
        Assert.Contains("Unfinished:  1\n", Out, StringComparison.Ordinal);
        Assert.Contains("interrupted", Lines[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--qps 0")]
    [InlineData("--qps NaN")]
    [InlineData("--max-concurrency 0")]
    [InlineData("--duration never")]
    [InlineData("--client-qps -1")]
    [InlineData("--client-burst 0")]
    public async Task WrongOptions_AreRefused(string options) =>
        Assert.Equal(ExitCodes.Usage, await RunAsync(["bench", "hello", .. options.Split(' ')]));

    private static CliConsole At(TimeProvider time) => new() { Out = TextWriter.Null, Error = TextWriter.Null, In = TextReader.Null, Time = time };
}
