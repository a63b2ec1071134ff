using Microsoft.Extensions.Options;

namespace Kontinue.Grains.Client;

/// <summary>Refuses settings that cannot work, and names all of them.</summary>
internal sealed class GrainClientOptionsValidator : IValidateOptions<GrainClientOptions>
{
    public ValidateOptionsResult Validate(string? name, GrainClientOptions options)
    {
        var failures = new List<string>();
        Time(nameof(options.StartTimeout), options.StartTimeout, TimeSpan.Zero, TimeSpan.FromHours(1));
        Time(nameof(options.RequestTimeout), options.RequestTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        Time(nameof(options.AttemptTimeout), options.AttemptTimeout, TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(10));
        Time(nameof(options.Backoff), options.Backoff, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Time(nameof(options.MaxBackoff), options.MaxBackoff, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Time(nameof(options.WatchIdleTimeout), options.WatchIdleTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        Time(nameof(options.WatchPatience), options.WatchPatience, TimeSpan.Zero, TimeSpan.FromDays(1));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Time(string what, TimeSpan value, TimeSpan min, TimeSpan max)
        {
            if (value < min || value > max)
            {
                failures.Add($"{what} must be from {Duration.Format(min)} to {Duration.Format(max)}, not {value}.");
            }
        }
    }
}
