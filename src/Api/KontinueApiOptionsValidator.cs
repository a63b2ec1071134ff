using Kontinue.Engine;
using Microsoft.Extensions.Options;

namespace Kontinue.Api;

/// <summary>Refuses settings that cannot work, at start-up.</summary>
internal sealed class KontinueApiOptionsValidator : IValidateOptions<KontinueApiOptions>
{
    public ValidateOptionsResult Validate(string? name, KontinueApiOptions options)
    {
        if (!Names.IsExecutionName(options.Group) || !options.Group.Contains('.', StringComparison.Ordinal))
        {
            return ValidateOptionsResult.Fail($"{nameof(options.Group)} must be a DNS name with a dot, such as kontinue.cloud, not '{options.Group}'.");
        }

        if (options.BodyHeadroomBytes is < 1024 or > 16 * 1024 * 1024)
        {
            return ValidateOptionsResult.Fail($"{nameof(options.BodyHeadroomBytes)} must be from 1 KiB to 16 MiB.");
        }

        foreach (string origin in options.AllowedOrigins)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) || uri.AbsolutePath is not "/")
            {
                return ValidateOptionsResult.Fail($"{nameof(options.AllowedOrigins)} takes origins such as https://ops.example.com, not '{origin}'.");
            }
        }

        return ValidateOptionsResult.Success;
    }
}
