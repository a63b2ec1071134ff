using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Kontinue.Engine.Telemetry;
using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

/// <summary>What listeners are told. They hear of all hosts of the process, so each test looks at its own trace or at functions of its own.</summary>
public sealed class TelemetryTests : IDisposable
{
    private const string CallersName = "Kontinue.Tests.Callers";

    private static readonly ActivitySource Callers = new(CallersName);

    private readonly ConcurrentQueue<Activity> _stopped = new();
    private readonly ActivityListener _listener;

    public TelemetryTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is EngineTelemetry.Name or CallersName,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == default || options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
                    ? ActivitySamplingResult.AllDataAndRecorded
                    : ActivitySamplingResult.None,
            ActivityStopped = _stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Runs_and_steps_of_parent_and_child_are_in_the_trace_of_the_caller()
    {
        ActivityContext inStep = default;
        ActivityContext inFunction = default;
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("child", (KontinueContext ktx) => ktx.Step("leaf", () =>
            {
                inStep = Activity.Current!.Context;
                return 1;
            }))
            .AddFunction("parent", async (KontinueContext ktx) =>
            {
                await ktx.Step("first", () => 1);
                inFunction = Activity.Current!.Context;
                return await ktx.Execute<int>("child");
            }));

        using Activity caller = Callers.StartActivity("caller")!;
        await host.WaitForEndAsync(await host.StartFunctionAsync("parent", name: "p"));
        Assert.Same(caller, Activity.Current);

        await StoppedAsync(caller, "run parent");
        Activity parent = One(caller, "run parent");
        Activity child = One(caller, "run child");
        Activity leaf = One(caller, "step leaf");
        Assert.Equal(caller.SpanId, parent.ParentSpanId);
        Assert.Equal(parent.SpanId, One(caller, "step first").ParentSpanId);
        Assert.Equal(parent.SpanId, child.ParentSpanId);
        Assert.Equal(child.SpanId, leaf.ParentSpanId);
        Assert.Equal(leaf.Context, inStep);
        Assert.Equal(parent.Context, inFunction);
        Assert.Equal(("default", "p", "parent", "Completed"), (Tag(parent, "namespace"), Tag(parent, "execution"), Tag(parent, "function"), Tag(parent, "phase")));
        Assert.Equal(ActivityStatusCode.Unset, parent.Status);
    }

    [Fact]
    public async Task What_goes_on_in_another_process_stays_in_the_trace()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext ktx) => ktx.Suspend("gate")));
        ExecutionKey key;
        using Activity caller = Callers.StartActivity("caller")!;
        key = await host.StartFunctionAsync("f");
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);

        await host.RestartAsync();
        await StoppedAsync(caller, "run f");
        await host.Client.ResumeAsync(key);
        await host.WaitForEndAsync(key);

        await StoppedAsync(caller, "run f", count: 2);
        Assert.Equal(
            [("Suspended", "0"), ("Completed", "1")],
            Of(caller).Where(a => a.DisplayName == "run f").Select(a => (Tag(a, "phase"), Tag(a, "resumptions"))));
        Assert.All(Of(caller).Where(a => a.DisplayName == "run f"), run => Assert.Equal(caller.SpanId, run.ParentSpanId));
    }

    [Fact]
    public async Task An_attempt_that_failed_is_an_error_and_the_next_one_is_its_own()
    {
        int tries = 0;
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step(
            "once-more",
            () => ++tries == 1 ? throw new InvalidOperationException("not yet") : tries,
            new StepOptions { Retry = RetryPolicy.Constant(2, TimeSpan.Zero) })));
        using Activity caller = Callers.StartActivity("caller")!;
        await host.WaitForEndAsync(await host.StartFunctionAsync("f"));

        await StoppedAsync(caller, "run f");
        Assert.Equal(
            [("1", ActivityStatusCode.Error, "Execution"), ("2", ActivityStatusCode.Unset, null)],
            Of(caller).Where(a => a.DisplayName == "step once-more").Select(a => (Tag(a, "attempt"), a.Status, (string?)a.GetTagItem("error.type"))));
    }

    [Fact]
    public async Task An_execution_that_failed_is_an_error()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", Task<int> (KontinueContext _) => throw new NonRetryableException("no way")));
        using Activity caller = Callers.StartActivity("caller")!;
        await host.WaitForEndAsync(await host.StartFunctionAsync("f"));

        await StoppedAsync(caller, "run f");
        Activity run = One(caller, "run f");
        Assert.Equal((ActivityStatusCode.Error, "no way", "Failed"), (run.Status, run.StatusDescription, Tag(run, "phase")));
    }

    [Fact]
    public async Task Of_a_trace_that_is_not_recorded_nothing_is()
    {
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("child", (KontinueContext ktx) => ktx.Step("leaf", () => 1))
            .AddFunction("f", (KontinueContext ktx) => ktx.Execute<int>("child")));
        using var caller = new Activity("unrecorded");
        caller.Start();
        await host.WaitForEndAsync(await host.StartFunctionAsync("f"));
        await host.StopAsync();
        Assert.Empty(Of(caller));
    }

    [Fact]
    public async Task Executions_and_steps_are_measured_by_function_and_outcome()
    {
        var seen = new ConcurrentQueue<(string Instrument, double Value, string? Outcome)>();
        string function = "f-" + Guid.NewGuid().ToString("N");
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == EngineTelemetry.Name)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            Dictionary<string, object?> given = new(tags.ToArray());
            if (!given.TryGetValue("kontinue.function", out object? of) || Equals(of, function))
            {
                seen.Enqueue((instrument.Name, value, (given.GetValueOrDefault("kontinue.outcome") ?? given.GetValueOrDefault("kontinue.phase"))?.ToString()));
            }
        });
        meters.SetMeasurementEventCallback<int>((instrument, value, _, _) => seen.Enqueue((instrument.Name, value, null)));
        meters.Start();
        await using TestHost host = await TestHost.StartAsync(
            k => k.AddFunction(function, async (KontinueContext ktx) =>
            {
                await ktx.Step("good", () => 1);
                await ktx.Sleep(TimeSpan.FromMinutes(5));
                await ktx.Step("bad", Task<int> () => throw new NonRetryableException("no"));
            }),
            time: new ManualTimeProvider(),
            // Longer than the clock is moved: a step that a lease ends under runs again, and is measured again.
            options: o => o.Lease = TimeSpan.FromHours(1));
        ExecutionKey key = await host.StartFunctionAsync(function);
        await host.AdvanceToEndAsync(key, TimeSpan.FromMinutes(1));
        await host.StopAsync();

        Assert.Equal(["completed", "failed"], seen.Where(s => s.Instrument == "kontinue.step.duration").Select(s => s.Outcome));
        (string _, double seconds, string? phase) = Assert.Single(seen, s => s.Instrument == "kontinue.execution.duration");
        Assert.Equal("Failed", phase);
        Assert.InRange(seconds, 300, 3600);
        Assert.Contains(seen, s => s.Instrument == "kontinue.commit.duration");
        Assert.Contains(seen, s => s is { Instrument: "kontinue.commit.size", Value: >= 1 });
    }

    private static string? Tag(Activity activity, string name) => activity.GetTagItem("kontinue." + name)?.ToString();

    private IEnumerable<Activity> Of(Activity caller) => _stopped.Where(a => a.TraceId == caller.TraceId);

    private Activity One(Activity caller, string name) => Assert.Single(Of(caller), a => a.DisplayName == name);

    private Task StoppedAsync(Activity caller, string name, int count = 1) => Wait.Until(
        () => Task.FromResult(Of(caller).Count(a => a.DisplayName == name) >= count),
        () => $"There are: {string.Join(", ", Of(caller).Select(a => a.DisplayName))}",
        $"end of '{name}'");
}
