using Microsoft.Extensions.Options;

namespace Kontinue.Client;

/// <summary>Refuses settings that cannot work, and names all of them.</summary>
internal sealed class KontinueClientOptionsValidator : IValidateOptions<KontinueClientOptions>
{
    private static readonly KontinueClientOptionsValidator Instance = new();

    /// <exception cref="OptionsValidationException">A setting cannot work.</exception>
    public static void Check(KontinueClientOptions options)
    {
        if (Instance.Validate(Options.DefaultName, options) is { Failed: true } result)
        {
            throw Refused([.. result.Failures]);
        }
    }

    public static OptionsValidationException Refused(params string[] failures) =>
        new(Options.DefaultName, typeof(KontinueClientOptions), failures);

    public ValidateOptionsResult Validate(string? name, KontinueClientOptions options)
    {
        var failures = new List<string>();
        if (options.Group.Length is 0 or > 253 || Uri.CheckHostName(options.Group) is not UriHostNameType.Dns)
        {
            failures.Add($"{nameof(options.Group)} must be a DNS name such as kontinue.cloud, not '{options.Group}'.");
        }

        Range(nameof(options.MaxAttempts), options.MaxAttempts, 1, 100);
        Range(nameof(options.MaxAnswerBytes), options.MaxAnswerBytes, 64 * 1024, 1024 * 1024 * 1024);
        Range(nameof(options.MaxEventBytes), options.MaxEventBytes, 4 * 1024, 1024 * 1024 * 1024);
        Time(nameof(options.Backoff), options.Backoff, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Time(nameof(options.MaxBackoff), options.MaxBackoff, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        Time(nameof(options.MaxRetryAfter), options.MaxRetryAfter, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        Time(nameof(options.RequestTimeout), options.RequestTimeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10));
        Time(nameof(options.WatchIdleTimeout), options.WatchIdleTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Time(nameof(options.WatchPatience), options.WatchPatience, TimeSpan.Zero, TimeSpan.FromDays(1));
        Credentials(options, failures);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Range(string what, int value, int min, int max)
        {
            if (value < min || value > max)
            {
                failures.Add($"{what} must be from {min:N0} to {max:N0}, not {value:N0}.");
            }
        }

        void Time(string what, TimeSpan value, TimeSpan min, TimeSpan max)
        {
            if (value < min || value > max)
            {
                failures.Add($"{what} must be from {Duration.Format(min)} to {Duration.Format(max)}, not {value}.");
            }
        }
    }

    private static void Credentials(KontinueClientOptions options, List<string> failures)
    {
        if (options.BearerToken is not null && options.BearerTokenFile is not null)
        {
            failures.Add($"{nameof(options.BearerToken)} and {nameof(options.BearerTokenFile)} exclude each other: set one.");
        }

        if (options.BearerToken is not null && !BearerTokens.IsToken(options.BearerToken))
        {
            failures.Add($"{nameof(options.BearerToken)} must be visible ASCII characters without spaces, at least one.");
        }

        if (options.ClientKeyFile is not null && options.ClientCertificateFile is null)
        {
            failures.Add($"{nameof(options.ClientKeyFile)} needs {nameof(options.ClientCertificateFile)}.");
        }

        Exists(nameof(options.BearerTokenFile), options.BearerTokenFile);
        Exists(nameof(options.ClientCertificateFile), options.ClientCertificateFile);
        Exists(nameof(options.ClientKeyFile), options.ClientKeyFile);
        Exists(nameof(options.CertificateAuthorityFile), options.CertificateAuthorityFile);

        void Exists(string what, string? path)
        {
            if (path is not null && !File.Exists(path))
            {
                failures.Add($"{what} names the file '{path}', which does not exist.");
            }
        }
    }
}
