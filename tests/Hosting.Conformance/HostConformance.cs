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

    private static readonly RuleSettings AsItIs = new();
    private static readonly RuleSettings NothingStays = new() { SuspendedResidency = TimeSpan.Zero };

    /// <summary>What the functions did.</summary>
    protected Ledger Ledger { get; } = new();

    /// <summary>
    /// Starts a host as the one under test is commonly used, with <see cref="RuleFunctions"/> over <see cref="Ledger"/>. One that a rule starts later
    /// shares the store of the first.
    /// </summary>
    protected abstract Task<HostUnderTest> StartAsync(RuleSettings settings);

    [SkippableFact]
    public async Task Who_creates_an_execution_and_waits_gets_its_result()
    {
        await using HostUnderTest host = await StartAsync(AsItIs);
        AssertEnded(await host.CreateAsync(New(RuleFunctions.AddOne, "one", new RuleFunctions.Given(41)), Long), "42");
    }

    [SkippableFact]
    public async Task Steps_run_once()
    {
        await using HostUnderTest host = await StartAsync(AsItIs);
        AssertEnded(await host.CreateAsync(New(RuleFunctions.ThreeSteps, "one"), Long), "60");
        Assert.Equal(3, Ledger.Runs("one", "s"));
    }

    [SkippableFact]
    public async Task Children_run_wherever_there_is_a_place_and_their_results_come_back()
    {
        await using HostUnderTest host = await StartAsync(new RuleSettings { MaxConcurrentExecutions = 8 });
        await CreateAllAsync(host, RuleFunctions.Parent, "p", 5);
        for (int i = 0; i < 5; i++)
        {
            AssertEnded(await WaitForEndAsync(host, $"p{i}"), "190");
        }
    }

    [SkippableFact]
    public async Task A_sleep_ends_by_itself()
    {
        await using HostUnderTest host = await StartAsync(NothingStays);
        AssertEnded(await host.CreateAsync(New(RuleFunctions.Sleeper, "one"), Long), "1");
    }

    [SkippableFact]
    public async Task An_event_arrives_once()
    {
        await using HostUnderTest host = await StartAsync(AsItIs);
        await host.CreateAsync(New(RuleFunctions.TwoEvents, "one"), TimeSpan.Zero);
        await host.SendEventAsync(Key("one"), "go", JsonPayload.From(1));
        await host.SendEventAsync(Key("one"), "go", JsonPayload.From(2));
        AssertEnded(await WaitForEndAsync(host, "one"), "[1,2]");
    }

    [SkippableFact]
    public async Task A_suspension_waits_for_its_resume_and_gets_the_payload()
    {
        await using HostUnderTest host = await StartAsync(NothingStays);
        await host.CreateAsync(New(RuleFunctions.Approval, "one"), TimeSpan.Zero);
        await WaitForPhaseAsync(host, "one", ExecutionPhase.Suspended);
        await host.ResumeAsync(Key("one"), JsonPayload.From(5));
        AssertEnded(await WaitForEndAsync(host, "one"), "5");
    }

    [SkippableFact]
    public async Task A_cancellation_ends_what_waits()
    {
        await using HostUnderTest host = await StartAsync(NothingStays);
        await host.CreateAsync(New(RuleFunctions.Approval, "one"), TimeSpan.Zero);
        await WaitForPhaseAsync(host, "one", ExecutionPhase.Suspended);
        await host.CancelAsync(Key("one"));
        Assert.Equal(ExecutionPhase.Canceled, (await WaitForEndAsync(host, "one")).Status!.Phase);
    }

    [SkippableFact]
    public async Task What_has_failed_can_be_retried_and_goes_on_behind_its_steps()
    {
        await using HostUnderTest host = await StartAsync(AsItIs);
        Assert.Equal(ExecutionPhase.Failed, (await host.CreateAsync(New(RuleFunctions.Mended, "one"), Long)).Status!.Phase);
        Ledger.Open(RuleFunctions.Gate);
        await host.RetryAsync(Key("one"));
        AssertEnded(await WaitForEndAsync(host, "one"), "2");
        Assert.Equal(1, Ledger.Runs("one", "first"));
    }

    [SkippableFact]
    public async Task One_that_waits_for_long_costs_no_memory_and_can_be_called_all_the_same()
    {
        await using HostUnderTest host = await StartAsync(NothingStays);
        await CreateAllAsync(host, RuleFunctions.OneEvent, "w", 30);
        await NothingIsInMemoryAsync(host);
        Assert.Equal(ExecutionPhase.Suspended, (await host.GetAsync(Key("w7"))).Status!.Phase);
        await NothingIsInMemoryAsync(host);
        await host.SendEventAsync(Key("w7"), "go", JsonPayload.From(7));
        AssertEnded(await WaitForEndAsync(host, "w7"), "7");
        await NothingIsInMemoryAsync(host);
    }

    [SkippableFact]
    public async Task Steps_that_block_threads_hold_up_no_call()
    {
        try
        {
            await using HostUnderTest host = await StartAsync(AsItIs);
            await CreateAllAsync(host, RuleFunctions.Blocking, "b", 2);
            await Eventually.HoldsAsync(() => Ledger.MostAtOnce == 2);
            Assert.Equal(ExecutionPhase.Executing, (await host.GetAsync(Key("b0"))).Status!.Phase);
            await host.CancelAsync(Key("b1"));
            Ledger.Open(RuleFunctions.Gate);
            AssertEnded(await WaitForEndAsync(host, "b0"), "1");
        }
        finally
        {
            Ledger.Open(RuleFunctions.Gate);
        }
    }

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

    private static Task NothingIsInMemoryAsync(HostUnderTest host) => Eventually.HoldsAsync(
        async () => (await Task.WhenAll(host.Silos.Select(silo => silo.LookAsync()))).All(silo => silo is { Residents: 0, Activations: 0 }), "nothing is in memory");

    private static Task WaitForPhaseAsync(HostUnderTest host, string name, ExecutionPhase phase) => Eventually.HoldsAsync(
        async () => (await host.GetAsync(Key(name))).Status!.Phase == phase, $"{name} is {phase}");

    private static void AssertEnded(Execution execution, string result)
    {
        Assert.True(execution.Status!.Phase == ExecutionPhase.Completed, $"{execution.Metadata.Name} is {execution.Status.Phase}: {execution.Status.Error?.Message}");
        Assert.Equal(result, execution.Status.Result.ToString());
    }
}
