using Microsoft.Extensions.Options;

namespace Kontinue.Grains;

/// <summary>Refuses settings that cannot work, at start-up.</summary>
internal sealed class GrainOptionsValidator : IValidateOptions<GrainOptions>
{
    public ValidateOptionsResult Validate(string? name, GrainOptions options)
    {
        var failures = new List<string>();
        Check(options.ReminderThreshold >= TimeSpan.FromSeconds(1), $"{nameof(options.ReminderThreshold)} must be at least 1s. For no reminders set {nameof(options.Reminders)} to false.");
        Check(
            options.CheckInterval >= TimeSpan.FromMilliseconds(100) && options.CheckInterval <= TimeSpan.FromMinutes(1),
            $"{nameof(options.CheckInterval)} must be from 100ms to 1min.");
        Check(
            options.TakeOverDelay >= TimeSpan.FromMilliseconds(300) && options.TakeOverDelay <= TimeSpan.FromMinutes(1),
            $"{nameof(options.TakeOverDelay)} must be from 300ms to 1min.");
        Check(
            options.SignalGathering >= TimeSpan.Zero && options.SignalGathering <= TimeSpan.FromSeconds(1),
            $"{nameof(options.SignalGathering)} must be from 0s to 1s.");
        Check(options.MaxTogether is >= 1 and <= 10_000, $"{nameof(options.MaxTogether)} must be from 1 to 10,000.");
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
