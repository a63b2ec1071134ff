using Microsoft.Extensions.Options;

namespace Kontinue.Grains.Jobs;

/// <summary>Refuses settings that cannot work, at start-up.</summary>
internal sealed class JobGatewayOptionsValidator : IValidateOptions<JobGatewayOptions>
{
    public ValidateOptionsResult Validate(string? name, JobGatewayOptions options)
    {
        var failures = new List<string>();
        CheckTime(options.RunnerPatience, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), nameof(options.RunnerPatience));
        CheckTime(options.CheckInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10), nameof(options.CheckInterval));
        CheckTime(options.Retention, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30), nameof(options.Retention));
        Check(options.MaxJobs is >= 10 and <= 20_000, $"{nameof(options.MaxJobs)} must be from 10 to 20,000.");
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
