using System.Diagnostics;
using Kontinue.Cli.Benchmarking;
using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Load.Driving;
using Kontinue.Load.Measurement;
using Kontinue.Resources;

namespace Kontinue.Load.Scenarios;

/// <summary>Pages of lists over very many stored executions: what a page costs must not depend on how many there are.</summary>
internal sealed class ListScenario : Scenario
{
    private const int Repeats = 40;
    private const int Rare = 1000;
    private const string Label = "tier";
    private const string Gold = "gold";

    private const string Fails = "fails";

    public override string Name => "list";

    public override string Description => "pages of lists over --count stored executions";

    public override string Counted => "stored executions";

    public override int DefaultCount => 1_000_000;

    public override bool Fills => true;

    /// <summary>Of a thousand, one failed, and another one carries a label.</summary>
    public static IReadOnlyList<(Execution Execution, int Weight)> Stored { get; } =
    [
        (Executions.Describe(NoopScenario.Function), Rare - 2), (Executions.Describe(Fails), 1), (Labelled(Executions.Describe(NoopScenario.Function)), 1),
    ];

    public override void AddTo(KontinueBuilder builder, WakeLog wakes) => builder.AddFunction(
        Fails, (KontinueContext _) => Task.FromException(new NonRetryableException("This function always fails.")));

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var errors = new ErrorCount();
        var all = new LatencyHistogram();
        var extra = new Dictionary<string, object?>(StringComparer.Ordinal);
        ResourceMeter meter = await context.StartMeterAsync();
        long start = Stopwatch.GetTimestamp();
        foreach ((string name, ExecutionSelector selector) in Selectors())
        {
            var pages = new LatencyHistogram();
            string? next = null;
            int rows = 0;
            for (int i = 0; i < Repeats && !cancellationToken.IsCancellationRequested; i++)
            {
                long began = Stopwatch.GetTimestamp();
                ExecutionList page = await context.Client.ListAsync(new ListQuery { Selector = selector, Continue = next }, cancellationToken);
                TimeSpan took = Stopwatch.GetElapsedTime(began);
                pages.Record(took);
                all.Record(took);
                rows += page.Items.Count;
                next = page.Metadata.Continue;
            }

            extra[$"{name}RowsPerPage"] = rows / Repeats;
            extra[$"{name}P50Ms"] = pages.PercentileMs(50);
            extra[$"{name}MaxMs"] = pages.Max.TotalMilliseconds;
            if (rows == 0)
            {
                errors.Add($"The list '{name}' is empty.");
            }
        }

        return new ScenarioResult
        {
            Latencies = all,
            Executions = all.Count,
            Elapsed = Stopwatch.GetElapsedTime(start),
            Errors = errors,
            Usage = await meter.StopAsync(),
            Extra = extra,
        };
    }

    private static Execution Labelled(Execution execution) => execution with
    {
        Metadata = execution.Metadata with { Labels = new Dictionary<string, string>(StringComparer.Ordinal) { [Label] = Gold } },
    };

    private static IEnumerable<(string Name, ExecutionSelector Selector)> Selectors()
    {
        yield return ("all", ExecutionSelector.All);
        yield return ("namespace", new ExecutionSelector { Namespace = ExecutionKey.DefaultNamespace });
        yield return ("failed", new ExecutionSelector { Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Failed } });
        yield return ("notCompleted", new ExecutionSelector
        {
            Phases = Enum.GetValues<ExecutionPhase>().Where(p => p != ExecutionPhase.Completed).ToHashSet(),
        });
        yield return ("function", new ExecutionSelector { Function = NoopScenario.Function });
        yield return ("label", new ExecutionSelector { Labels = [LabelRequirement.Equal(Label, Gold)] });
    }
}
