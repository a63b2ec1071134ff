using Kontinue.Resources;
using Xunit;

namespace Kontinue.Hosting.Conformance;

/// <summary>
/// What holds for every host, whichever way it has to place executions and to carry wake-ups. A host supplies a factory and nothing else.
/// </summary>
/// <remarks>This file has the rules for one execution; those for several silos and for failures are in <c>.Sharing.cs</c> and <c>.Failures.cs</c>.</remarks>
public abstract partial class HostConformance
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly Ledger _ledger = new();

    /// <summary>Starts a host as the one under test is commonly used.</summary>
    protected abstract Task<HostUnderTest> StartAsync(HostSetup setup);

    [SkippableFact]
    public async Task Who_creates_an_execution_and_waits_gets_its_result()
    {
        await using HostUnderTest host = await StartAsync(new HostSetup(k => k.AddFunction("f", (KontinueContext _, Given given) => Task.FromResult(given.Number + 1))));
        Execution ended = await host.CreateAsync(New("f", "one", new Given(41)), Long);
        AssertEnded(ended, "42");
    }

    [SkippableFact]
    public async Task Steps_run_once()
    {
        await using HostUnderTest host = await StartAsync(new HostSetup(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            int sum = 0;
            for (int i = 1; i <= 3; i++)
            {
                sum += await ktx.Step($"s{i}", () => _ledger.Note(ktx, "s") * 10);
            }

            return sum;
        })));
        AssertEnded(await host.CreateAsync(New("f", "one"), Long), "60");
        Assert.Equal(3, _ledger.Runs("one", "s"));
    }

    [SkippableFact]
    public async Task Children_run_wherever_there_is_a_place_and_their_results_come_back()
    {
        await using HostUnderTest host = await StartAsync(new HostSetup(
            k =>
            {
                k.AddFunction("parent", async (KontinueContext ktx) =>
                    (await Task.WhenAll(Enumerable.Range(0, 20).Select(i => ktx.Execute<int>("child", i)))).Sum());
                k.AddFunction("child", (KontinueContext ktx, int i) => ktx.Step("s", () => i));
            },
            options => options.MaxConcurrentExecutions = 8));
        await CreateAllAsync(host, "parent", "p", 5);
        for (int i = 0; i < 5; i++)
        {
            AssertEnded(await WaitForEndAsync(host, $"p{i}"), "190");
        }
    }

    [SkippableFact]
    public async Task A_sleep_ends_by_itself()
    {
        await using HostUnderTest host = await StartAsync(new HostSetup(
            k => k.AddFunction("f", async (KontinueContext ktx) =>
            {
                await ktx.Sleep(TimeSpan.FromMilliseconds(500));
                return 1;
            }),
            options => options.SuspendedResidency = TimeSpan.Zero));
        AssertEnded(await host.CreateAsync(New("f", "one"), Long), "1");
    }

    [SkippableFact]
    public async Task An_event_arrives_once()
    {
        await using HostUnderTest host = await StartAsync(new HostSetup(k => k.AddFunction("f", async (KontinueContext ktx) =>
            new[] { await ktx.Event<int>("go"), await ktx.Event<int>("go") })));
        await host.CreateAsync(New("f", "one"), TimeSpan.Zero);
        await host.SendEventAsync(Key("one"), "go", JsonPayload.From(1));
        await host.SendEventAsync(Key("one"), "go", JsonPayload.From(2));
        AssertEnded(await WaitForEndAsync(host, "one"), "[1,2]");
    }

    [SkippableFact]
    public async Task A_suspension_waits_for_its_resume_and_gets_the_payload()
    {
        await using HostUnderTest host = await StartAsync(new HostSetup(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Suspend<int>("approval")), options => options.SuspendedResidency = TimeSpan.Zero));
        await host.CreateAsync(New("f", "one"), TimeSpan.Zero);
        await WaitForPhaseAsync(host, "one", ExecutionPhase.Suspended);
        await host.ResumeAsync(Key("one"), JsonPayload.From(5));
        AssertEnded(await WaitForEndAsync(host, "one"), "5");
    }

    [SkippableFact]
    public async Task A_cancellation_ends_what_waits()
    {
        await using HostUnderTest host = await StartAsync(new HostSetup(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Suspend<int>("approval")), options => options.SuspendedResidency = TimeSpan.Zero));
        await host.CreateAsync(New("f", "one"), TimeSpan.Zero);
        await WaitForPhaseAsync(host, "one", ExecutionPhase.Suspended);
        await host.CancelAsync(Key("one"));
        Assert.Equal(ExecutionPhase.Canceled, (await WaitForEndAsync(host, "one")).Status!.Phase);
    }

    [SkippableFact]
    public async Task What_has_failed_can_be_retried_and_goes_on_behind_its_steps()
    {
        bool isMended = false;
        await using HostUnderTest host = await StartAsync(new HostSetup(k => k.AddFunction("f", async (KontinueContext ktx) =>
        {
            await ktx.Step("first", () => _ledger.Note(ktx, "first"));
            return await ktx.Step("second", () => Volatile.Read(ref isMended) ? 2 : throw new NonRetryableException("Not yet."));
        })));
        Assert.Equal(ExecutionPhase.Failed, (await host.CreateAsync(New("f", "one"), Long)).Status!.Phase);
        Volatile.Write(ref isMended, true);
        await host.RetryAsync(Key("one"));
        AssertEnded(await WaitForEndAsync(host, "one"), "2");
        Assert.Equal(1, _ledger.Runs("one", "first"));
    }

    [SkippableFact]
    public async Task One_that_waits_for_long_costs_no_memory_and_can_be_called_all_the_same()
    {
        await using HostUnderTest host = await StartAsync(new HostSetup(
            k => k.AddFunction("f", (KontinueContext ktx) => ktx.Event<int>("go")), options => options.SuspendedResidency = TimeSpan.Zero));
        await CreateAllAsync(host, "f", "w", 30);
        await Eventually.HoldsAsync(() => host.Silos.Sum(silo => silo.Residents + silo.Activations) == 0);
        Assert.Equal(ExecutionPhase.Suspended, (await host.GetAsync(Key("w7"))).Status!.Phase);
        await Eventually.HoldsAsync(() => host.Silos.Sum(silo => silo.Residents + silo.Activations) == 0);
        await host.SendEventAsync(Key("w7"), "go", JsonPayload.From(7));
        AssertEnded(await WaitForEndAsync(host, "w7"), "7");
        await Eventually.HoldsAsync(() => host.Silos.Sum(silo => silo.Residents + silo.Activations) == 0);
    }

    [SkippableFact]
    public async Task Steps_that_block_threads_hold_up_no_call()
    {
        using var gate = new ManualResetEventSlim();
        try
        {
            await using HostUnderTest host = await StartAsync(new HostSetup(k => k.AddFunction("f", (KontinueContext ktx) => ktx.Step("s", () =>
            {
                _ledger.Enter();
                gate.Wait();
                return 1;
            }))));
            await CreateAllAsync(host, "f", "b", 2);
            await Eventually.HoldsAsync(() => _ledger.MostAtOnce == 2);
            Assert.Equal(ExecutionPhase.Executing, (await host.GetAsync(Key("b0"))).Status!.Phase);
            await host.CancelAsync(Key("b1"));
            gate.Set();
            AssertEnded(await WaitForEndAsync(host, "b0"), "1");
        }
        finally
        {
            gate.Set();
        }
    }

    private sealed record Given(int Number);

    private static ExecutionKey Key(string name) => new(ExecutionKey.DefaultNamespace, name);

    private static Execution New(string function, string name, object? arguments = null) => new()
    {
        Metadata = new ObjectMetadata { Name = name },
        Spec = new ExecutionSpec { Function = function, Arguments = arguments is null ? default : JsonPayload.From(arguments) },
    };

    private static Task CreateAllAsync(HostUnderTest host, string function, string prefix, int count) => Task.WhenAll(
        Enumerable.Range(0, count).Select(i => host.CreateAsync(New(function, $"{prefix}{i}"), TimeSpan.Zero)));

    private static async Task<Execution> WaitForEndAsync(HostUnderTest host, string name)
    {
        Execution ended = await host.WaitAsync(Key(name), Long);
        Assert.True(ended.Status!.Phase.IsTerminal(), $"{name} has not ended within {Long.TotalSeconds} s: it is {ended.Status.Phase}.");
        return ended;
    }

    private static Task WaitForPhaseAsync(HostUnderTest host, string name, ExecutionPhase phase) => Eventually.HoldsAsync(
        async () => (await host.GetAsync(Key(name))).Status!.Phase == phase, $"{name} is {phase}");

    private static void AssertEnded(Execution execution, string result)
    {
        Assert.True(execution.Status!.Phase == ExecutionPhase.Completed, $"{execution.Metadata.Name} is {execution.Status.Phase}: {execution.Status.Error?.Message}");
        Assert.Equal(result, execution.Status.Result.ToString());
    }
}
