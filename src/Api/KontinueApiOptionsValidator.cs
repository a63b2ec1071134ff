using Kontinue.Api.Access;
using Kontinue.Api.Limits;
using Kontinue.Engine;
using Microsoft.Extensions.Options;

namespace Kontinue.Api;

/// <summary>Refuses settings that cannot work, at start-up, and names all of them.</summary>
internal sealed class KontinueApiOptionsValidator : IValidateOptions<KontinueApiOptions>
{
    private const int MaxBodyHeadroomBytes = 16 * 1024 * 1024;
    private const int MaxRate = 1_000_000;

    public ValidateOptionsResult Validate(string? name, KontinueApiOptions options)
    {
        List<string> problems = [];
        Require(
            Names.IsExecutionName(options.Group) && options.Group.Contains('.', StringComparison.Ordinal),
            $"{nameof(options.Group)} must be a DNS name with a dot, such as kontinue.cloud, not '{options.Group}'.");
        Require(options.BodyHeadroomBytes is >= 1024 and <= MaxBodyHeadroomBytes, $"{nameof(options.BodyHeadroomBytes)} must be from 1 KiB to 16 MiB.");
        foreach (string origin in options.AllowedOrigins)
        {
            Require(
                Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && uri.AbsolutePath is "/",
                $"{nameof(options.AllowedOrigins)} takes origins such as https://ops.example.com, not '{origin}'.");
        }

        problems.AddRange(Access(options.Access, options.Tls));
        problems.AddRange(Limits(options.Limits));
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void Require(bool condition, string message)
        {
            if (!condition)
            {
                problems.Add(message);
            }
        }
    }

    /// <summary>A setting that has no effect in its mode is refused too: whoever made it believes that it protects something.</summary>
    private static IEnumerable<string> Access(KontinueAccessOptions access, KontinueTlsOptions tls)
    {
        (bool tokens, bool header) = (access.Mode == AccessMode.Tokens, access.Mode == AccessMode.Header);
        bool proxy = access.Authorization == AccessAuthorization.Proxy;
        (bool Bad, string Message)[] rules =
        [
            (!Enum.IsDefined(access.Mode), $"Access.Mode has no value {access.Mode}."),
            (!Enum.IsDefined(access.Authorization), $"Access.Authorization has no value {access.Authorization}."),
            (tokens && access.TokensFile is null, "Access.Mode Tokens needs Access.TokensFile."),
            (!tokens && access.TokensFile is not null, $"Access.TokensFile is used in Access.Mode Tokens only, not in {access.Mode}."),
            (header && (tls.CertificateFile is null || tls.ClientCaFile is null),
                "Access.Mode Header needs TLS, with Tls.CertificateFile, Tls.PrivateKeyFile and Tls.ClientCaFile: names in headers are believed only " +
                "from a proxy with a client certificate of that CA."),
            (header && !proxy && access.BindingsFile is null,
                "Access.Mode Header needs Access.BindingsFile, or Access.Authorization Proxy if the proxy has decided what the caller may do."),
            ((!header || proxy) && access.BindingsFile is not null,
                "Access.BindingsFile is used in Access.Mode Header with Access.Authorization Bindings only."),
            (!header && proxy, $"Access.Authorization Proxy is used in Access.Mode Header only, not in {access.Mode}."),
            (!header && access.AllowedProxyNames.Count > 0, $"Access.AllowedProxyNames is used in Access.Mode Header only, not in {access.Mode}."),
            (access.AllowedProxyNames.Any(string.IsNullOrWhiteSpace), "Access.AllowedProxyNames has an empty name."),
            (!header && tls.ClientCaFile is not null, $"Tls.ClientCaFile is used in Access.Mode Header only, not in {access.Mode}."),
            (tls.CertificateFile is null != tls.PrivateKeyFile is null, "Tls.CertificateFile and Tls.PrivateKeyFile must both be given, or neither."),
        ];
        return rules.Where(r => r.Bad).Select(r => r.Message);
    }

    private static IEnumerable<string> Limits(KontinueLimitsOptions limits)
    {
        (bool Bad, string Message)[] rules =
        [
            (limits.MaxConcurrentRequests < 1, "Limits.MaxConcurrentRequests must be at least 1."),
            (limits.MaxQueuedRequests < 0, "Limits.MaxQueuedRequests must be 0 or more."),
            (limits.MaxWaits < 1, "Limits.MaxWaits must be at least 1."),
            (limits.MaxWatches < 1, "Limits.MaxWatches must be at least 1."),
            (limits.RequestsPerSecondPerUser is < 0 or > MaxRate, "Limits.RequestsPerSecondPerUser must be from 0 to 1,000,000."),
            (limits.BurstPerUser is not 0 && (limits.BurstPerUser < limits.RequestsPerSecondPerUser || limits.RequestsPerSecondPerUser == 0),
                "Limits.BurstPerUser must be 0 or at least Limits.RequestsPerSecondPerUser, which must be more than 0 then."),
            (limits.MaxConnections < 1, "Limits.MaxConnections must be at least 1."),
            (limits.HeadersTimeout < TimeSpan.FromSeconds(1) || limits.HeadersTimeout > TimeSpan.FromMinutes(10), "Limits.HeadersTimeout must be from 1 s to 10 min."),
            (limits.KeepAliveTimeout < TimeSpan.FromSeconds(1) || limits.KeepAliveTimeout > TimeSpan.FromHours(1), "Limits.KeepAliveTimeout must be from 1 s to 1 h."),
            (limits.MinBodyBytesPerSecond < 1, "Limits.MinBodyBytesPerSecond must be at least 1."),
        ];
        return rules.Where(r => r.Bad).Select(r => r.Message);
    }
}
