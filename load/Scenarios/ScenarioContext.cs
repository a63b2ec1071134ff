using Kontinue.Client;
using Kontinue.Load.Measurement;
using Kontinue.Resources;

namespace Kontinue.Load.Scenarios;

/// <summary>What every scenario works with.</summary>
internal sealed record ScenarioContext(LoadOptions Options, IKontinueClient Client, MachineProbe? Probe, WakeLog Wakes, int? ServerProcessId, int? TargetProcessId)
{
    public int CountOr(int fallback) => Options.Count == LoadOptions.UseDefaultCount ? fallback : Options.Count;

    public ProcessMeter StartMeter() => new(ServerProcessId, TargetProcessId);

    public static Execution Describe(string function, JsonPayload arguments = default) => new()
    {
        Metadata = new ObjectMetadata { Namespace = ExecutionKey.DefaultNamespace, Name = $"{function}-{Guid.CreateVersion7():n}" },
        Spec = new ExecutionSpec { Function = function, Arguments = arguments.IsNone ? JsonPayload.EmptyObject : arguments },
    };

    /// <summary>Creates <paramref name="count"/> executions with the chosen number of callers, without waiting for their ends.</summary>
    public async Task CreateAllAsync(int count, Func<int, Execution> describe, ErrorCount errors, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Options.Concurrency, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, count, parallel, async (i, token) =>
        {
            try
            {
                await Client.CreateAsync(describe(i), cancellationToken: token);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                errors.Add(failure.Message);
            }
        });
    }
}
