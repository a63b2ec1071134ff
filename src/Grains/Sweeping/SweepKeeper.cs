using Kontinue.Engine;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kontinue.Grains.Sweeping;

/// <summary>Sees to it that the group has a sweep grain: every silo of the group asks for it now and then.</summary>
internal sealed partial class SweepKeeper(
    IGrainFactory grains, IOptions<KontinueOptions> engine, IOptions<GrainOptions> options, TimeProvider time, ILogger<SweepKeeper> logger)
{
    /// <summary>Asks until canceled, whatever fails in between.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        ISweepGrain sweep = grains.GetGrain<ISweepGrain>(engine.Value.WorkerGroup);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await sweep.EnsureAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // A cluster in change refuses calls in many ways; the next time asks again.
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogNoSweep(logger, engine.Value.WorkerGroup, e);
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(options.Value.CheckInterval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The sweep grain of group {Group} could not be reached; trying again.")]
    private static partial void LogNoSweep(ILogger logger, string group, Exception exception);
}
