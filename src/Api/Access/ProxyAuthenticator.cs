using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Kontinue.Api.Access;

/// <summary>Believes a proxy that shows a certificate of the configured CA in who asks.</summary>
/// <param name="certificates">Who may say who asks.</param>
/// <param name="policy">What users and groups may do; null: the proxy has decided already.</param>
internal sealed class ProxyAuthenticator(ProxyCertificates certificates, ReloadingFile<AccessPolicy>? policy) : IAuthenticator
{
    private const string UserHeader = "X-Remote-User";
    private const string GroupHeader = "X-Remote-Group";
    private const string Challenge = "ClientCertificate realm=\"kontinue\"";

    private static readonly Grant[] Everything = [new(Grant.AllNamespaces, AccessRole.Admin)];

    public Caller Authenticate(HttpContext context)
    {
        X509Certificate2? certificate = context.Connection.ClientCertificate;
        string? problem = certificate is null
            ? "This server takes requests from its proxy only, over TLS with the proxy's client certificate, and there is none."
            : certificates.Problem(certificate);
        if (problem is not null)
        {
            throw AccessStatus.Unauthorized(context, Challenge, problem);
        }

        // Two names are refused and not chosen from: one of them may have come through the proxy from the caller.
        StringValues user = context.Request.Headers[UserHeader];
        if (user.Count != 1 || string.IsNullOrWhiteSpace(user[0]))
        {
            throw AccessStatus.Unauthorized(context, Challenge, $"The proxy must say who asks with one {UserHeader} header; there are {user.Count}.");
        }

        if (policy is null && !IsPlain(context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? ""))
        {
            throw AccessStatus.OddPath();
        }

        return new Caller(user[0]!, context.Request.Headers[GroupHeader], policy is null ? Everything : [], policy?.Current)
        {
            IsAuthorizedByProxy = policy is null,
        };
    }

    /// <summary>
    /// Whether a path leads where it says. The proxy decides about the path as it came; were it to be read otherwise here, as where dots lead up, it would have decided about
    /// something else. Nothing that is served needs such a path.
    /// </summary>
    private static bool IsPlain(string target)
    {
        ReadOnlySpan<char> path = target.AsSpan(0, target.IndexOf('?') is >= 0 and var end ? end : target.Length);
        if (path.Contains("%2e", StringComparison.OrdinalIgnoreCase) || path.Contains("%2f", StringComparison.OrdinalIgnoreCase) || path.Contains("%5c", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        foreach (Range part in path.Split('/'))
        {
            if (path[part] is "." or "..")
            {
                return false;
            }
        }

        return true;
    }
}
