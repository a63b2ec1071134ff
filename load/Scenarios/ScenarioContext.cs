using Kontinue.Client;
using Kontinue.Load.Driving;
using Kontinue.Load.Measurement;
using Kontinue.Load.Stores;
using Kontinue.Load.Targets;
using Kontinue.Resources;

namespace Kontinue.Load.Scenarios;

/// <summary>What every scenario works with.</summary>
/// <param name="Options">What is asked for.</param>
/// <param name="Target">Where executions run.</param>
/// <param name="Session">The database.</param>
/// <param name="Probe">What the machine can do by itself; null where nothing is committed.</param>
/// <param name="Wakes">When sleepers of this process woke.</param>
/// <param name="Progress">Is told of each interval and of the seconds that have passed with it.</param>
internal sealed record ScenarioContext(
    LoadOptions Options, Target Target, StoreSession Session, MachineProbe? Probe, WakeLog Wakes, Action<Interval, double> Progress)
{
    public IKontinueClient Client => Target.Clients[0];

    public int CountOr(int fallback) => Options.Count == LoadOptions.UseDefaultCount ? fallback : Options.Count;

    /// <summary>The database of a server that was named is known only when it was named, too.</summary>
    private bool IsServersDatabase => Options.Server is null || Options.Connection is not null;

    /// <param name="withDatabase">False when something else keeps the database busy.</param>
    public Task<ResourceMeter> StartMeterAsync(bool withDatabase = true) => ResourceMeter.StartAsync(Target, withDatabase && IsServersDatabase ? Session : null);

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
