using System.Diagnostics;
using Kontinue.Cli.Benchmarking;
using Kontinue.Client;
using Kontinue.Load.Measurement;
using Kontinue.Resources;

namespace Kontinue.Load.Scenarios;

/// <summary>Pages of lists over very many stored executions: what a page costs must not depend on how many there are.</summary>
internal static class ListScenario
{
    private const int DefaultCount = 1_000_000;
    private const int Repeats = 40;
    private const int Rare = 1000;
    private const string Label = "tier";
    private const string Gold = "gold";

    /// <summary>Stores executions that have ended; one in a thousand failed, and another one in a thousand carries a label.</summary>
    public static async Task FillAsync(IKontinueClient client, LoadOptions options, CancellationToken cancellationToken)
    {
        int count = options.Count == LoadOptions.UseDefaultCount ? DefaultCount : options.Count;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(options.Concurrency, 512), CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, count, parallel, async (i, token) =>
        {
            Execution execution = ScenarioContext.Describe(i % Rare == 0 ? LoadFunctions.Fails : LoadFunctions.Noop);
            execution = i % Rare == 1
                ? execution with { Metadata = execution.Metadata with { Labels = new Dictionary<string, string>(StringComparer.Ordinal) { [Label] = Gold } } }
                : execution;
            await client.CreateAsync(execution, KontinueClientExtensions.MaxWait, token);
        });
    }

    public static async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var errors = new ErrorCount();
        var all = new LatencyHistogram();
        var extra = new Dictionary<string, object?>(StringComparer.Ordinal);
        ProcessMeter meter = context.StartMeter();
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
            Usage = Usage.Of(meter),
            Extra = extra,
        };
    }

    private static IEnumerable<(string Name, ExecutionSelector Selector)> Selectors()
    {
        yield return ("all", ExecutionSelector.All);
        yield return ("namespace", new ExecutionSelector { Namespace = ExecutionKey.DefaultNamespace });
        yield return ("failed", new ExecutionSelector { Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Failed } });
        yield return ("notCompleted", new ExecutionSelector
        {
            Phases = Enum.GetValues<ExecutionPhase>().Where(p => p != ExecutionPhase.Completed).ToHashSet(),
        });
        yield return ("function", new ExecutionSelector { Function = LoadFunctions.Noop });
        yield return ("label", new ExecutionSelector { Labels = [LabelRequirement.Equal(Label, Gold)] });
    }
}
