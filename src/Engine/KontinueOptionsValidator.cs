using Microsoft.Extensions.Options;

namespace Kontinue.Engine;

/// <summary>Refuses settings that cannot work, at start-up.</summary>
internal sealed class KontinueOptionsValidator : IValidateOptions<KontinueOptions>
{
    private const int MaxVersionLength = 128;

    /// <summary>So that the lowest priority moves nothing further than new executions are found ahead of their rank.</summary>
    private static readonly TimeSpan MaxPriorityAging = TimeSpan.FromMinutes(2);

    public ValidateOptionsResult Validate(string? name, KontinueOptions options)
    {
        var failures = new List<string>();
        Check(!string.IsNullOrWhiteSpace(options.SiloName) && options.SiloName.Length <= 128, $"{nameof(options.SiloName)} must have 1 to 128 characters.");
        Check(Names.IsNamespace(options.WorkerGroup), $"{nameof(options.WorkerGroup)} '{options.WorkerGroup}' is not the name of a worker group. {Names.NamespaceRule}");
        Check(options.Version is { Length: <= MaxVersionLength }, $"{nameof(options.Version)} must have at most {MaxVersionLength} characters.");
        Check(
            options.PriorityAging >= TimeSpan.Zero && options.PriorityAging <= MaxPriorityAging,
            $"{nameof(options.PriorityAging)} must be from 0s to {Duration.Format(MaxPriorityAging)}.");
        Check(options.Lease >= TimeSpan.FromSeconds(1), $"{nameof(options.Lease)} must be at least 1s.");
        Check(options.MaxConcurrentExecutions >= 1, $"{nameof(options.MaxConcurrentExecutions)} must be at least 1.");
        Check(options.MaxConcurrentSteps >= 1, $"{nameof(options.MaxConcurrentSteps)} must be at least 1.");
        Check(options.MaxResidentSuspended >= 0, $"{nameof(options.MaxResidentSuspended)} must not be negative.");
        Check(options.SuspendedResidency >= TimeSpan.Zero, $"{nameof(options.SuspendedResidency)} must not be negative.");
        Check(options.MaxPayloadBytes is >= 1024 and <= 64 * 1024 * 1024, $"{nameof(options.MaxPayloadBytes)} must be from 1 KiB to 64 MiB.");
        Check(options.ShutdownGrace >= TimeSpan.Zero, $"{nameof(options.ShutdownGrace)} must not be negative.");
        Check(options.SweepInterval >= TimeSpan.FromMilliseconds(10), $"{nameof(options.SweepInterval)} must be at least 10ms.");
        Check(
            options.JobCheckInterval >= TimeSpan.FromSeconds(1) && options.JobCheckInterval <= Duration.Max,
            $"{nameof(options.JobCheckInterval)} must be at least 1s, and at most 100 years.");
        Check(options.DeletionHistory >= TimeSpan.FromMinutes(1), $"{nameof(options.DeletionHistory)} must be at least 1min.");
        Check(options.MaxBatchUnits >= 1, $"{nameof(options.MaxBatchUnits)} must be at least 1.");
        Check(options.MaxBatchBytes >= 64 * 1024, $"{nameof(options.MaxBatchBytes)} must be at least 64 KiB.");
        Check(options.MaxQueuedRequests >= 1, $"{nameof(options.MaxQueuedRequests)} must be at least 1.");
        Check(options.RequestTimeout > TimeSpan.Zero, $"{nameof(options.RequestTimeout)} must be more than zero.");
        Check(options.MaxWatches >= 1, $"{nameof(options.MaxWatches)} must be at least 1.");
        Check(options.MaxWatchBacklog >= 16, $"{nameof(options.MaxWatchBacklog)} must be at least 16.");
        Check(options.WatchPollInterval >= TimeSpan.FromMilliseconds(10), $"{nameof(options.WatchPollInterval)} must be at least 10ms.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Check(bool holds, string failure)
        {
            if (!holds)
            {
                failures.Add(failure);
            }
        }
    }
}
