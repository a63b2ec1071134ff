using Microsoft.Extensions.Options;

namespace Kontinue.Silo.Settings;

/// <summary>Refuses settings that cannot work, at start-up, and names all of them.</summary>
internal sealed class SiloMembershipOptionsValidator : IValidateOptions<SiloMembershipOptions>
{
    public ValidateOptionsResult Validate(string? name, SiloMembershipOptions options)
    {
        List<string> failures = [];
        Between(nameof(options.ProbeTimeout), options.ProbeTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        Between(nameof(options.MaxProbeTimeout), options.MaxProbeTimeout, options.ProbeTimeout, TimeSpan.FromMinutes(5));
        Count(nameof(options.MissedProbes), options.MissedProbes, 1, 100);
        Count(nameof(options.Votes), options.Votes, 1, 10);
        Count(nameof(options.ProbedSilos), options.ProbedSilos, Math.Max(1, options.Votes), 100);
        Between(nameof(options.TableRefresh), options.TableRefresh, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        Between(nameof(options.AliveInterval), options.AliveInterval, TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(10));
        Between(nameof(options.JoinTimeout), options.JoinTimeout, TimeSpan.FromSeconds(5), TimeSpan.FromHours(1));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Between(string setting, TimeSpan value, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most)
            {
                failures.Add(
                    $"{SiloMembershipOptions.Section}:{setting} must be from {Duration.Format(least)} to {Duration.Format(most)}, not {Duration.Format(value)}.");
            }
        }

        void Count(string setting, int value, int least, int most)
        {
            if (value < least || value > most)
            {
                failures.Add($"{SiloMembershipOptions.Section}:{setting} must be from {least} to {most}, not {value}.");
            }
        }
    }
}
