using Microsoft.Extensions.Options;

namespace Kontinue.Jobs;

/// <summary>Refuses settings that cannot work, at start-up.</summary>
internal sealed class LocalJobsOptionsValidator : IValidateOptions<LocalJobsOptions>
{
    /// <summary>The least time for which an id is remembered, whatever a spec says: calls that are under way end in it.</summary>
    public static readonly TimeSpan MinRetention = TimeSpan.FromMinutes(1);

    public ValidateOptionsResult Validate(string? name, LocalJobsOptions options)
    {
        var failures = new List<string>();
        Check(!string.IsNullOrWhiteSpace(options.StateDirectory), $"{nameof(options.StateDirectory)} must be the path of a folder.");
        Check(options.MaxRunning >= 1, $"{nameof(options.MaxRunning)} must be at least 1.");
        Check(options.MaxRunningPerFunction is null or >= 1, $"{nameof(options.MaxRunningPerFunction)} must be at least 1, or null.");
        Check(options.MaxQueued >= 0, $"{nameof(options.MaxQueued)} must not be negative.");
        Check(
            options.MaxLogLines is >= 0 and <= JobResult.MaxLogLines, $"{nameof(options.MaxLogLines)} must be from 0 to {JobResult.MaxLogLines}.");
        Check(
            options.MaxLogBytes is >= 1024 and <= JobResult.MaxLogLength,
            $"{nameof(options.MaxLogBytes)} must be from 1 KiB to {JobResult.MaxLogLength / 1024} KiB.");
        CheckTime(options.StopGrace, TimeSpan.Zero, TimeSpan.FromHours(1), nameof(options.StopGrace));
        CheckTime(options.RetryBackoff, TimeSpan.Zero, TimeSpan.FromMinutes(1), nameof(options.RetryBackoff));
        CheckTime(options.Retention, MinRetention, TimeSpan.FromDays(30), nameof(options.Retention));
        CheckTime(options.SweepInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1), nameof(options.SweepInterval));
        CheckTime(options.PollInterval, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1), nameof(options.PollInterval));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void CheckTime(TimeSpan value, TimeSpan least, TimeSpan most, string what) =>
            Check(value >= least && value <= most, $"{what} must be from {Duration.Format(least)} to {Duration.Format(most)}.");

        void Check(bool holds, string failure)
        {
            if (!holds)
            {
                failures.Add(failure);
            }
        }
    }
}
