using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kontinue.Api.Access;

/// <summary>Finds out who asks, and refuses what he may not do.</summary>
internal sealed class AccessControl(IAuthenticator authenticator, ApiGroup group)
{
    /// <summary>Puts together what the options say.</summary>
    /// <exception cref="InvalidOperationException">A file cannot be read or used.</exception>
    public static AccessControl Create(KontinueApiOptions options, ApiGroup group, IServer? server, TimeProvider time, ILogger logger)
    {
        KontinueAccessOptions access = options.Access;
        return new AccessControl(access.Mode switch
        {
            AccessMode.Tokens => new TokenAuthenticator(OpenPolicy("The tokens file", access.TokensFile!, needsTokens: true)),
            AccessMode.Header => new ProxyAuthenticator(
                new ProxyCertificates(TlsFiles.OpenAuthorities(options.Tls.ClientCaFile!, time, logger), access.AllowedProxyNames, time),
                access.Authorization == AccessAuthorization.Proxy ? null : OpenPolicy("The bindings file", access.BindingsFile!, needsTokens: false)),
            AccessMode.ReadWrite => new AnonymousAuthenticator(() => Caller.AnonymousAdmin),
            AccessMode.ReadOnly => new AnonymousAuthenticator(() => Caller.AnonymousReader),
            _ => new AnonymousAuthenticator(() => AnonymousAuthenticator.ByAddresses(server)),
        }, group);

        ReloadingFile<AccessPolicy> OpenPolicy(string what, string path, bool needsTokens) =>
            new(what, [path], contents => AccessPolicyReader.Read(contents[0], needsTokens), time, logger);
    }

    /// <summary>Who asks. Probes are not asked.</summary>
    /// <exception cref="ApiException">401: this cannot be told.</exception>
    public Caller Authenticate(HttpContext context, in RequestAttributes request) =>
        request.IsHealth ? Caller.AnonymousReader : authenticator.Authenticate(context);

    /// <summary>Lets pass what a caller may do.</summary>
    /// <param name="context">The request.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="request">What he wants to do.</param>
    /// <param name="why">Why that is needed, where the request does not say it.</param>
    /// <exception cref="ApiException">403: he may not.</exception>
    public void Authorize(HttpContext context, Caller caller, in RequestAttributes request, string? why = null)
    {
        if (!caller.MayDo(request))
        {
            throw AccessStatus.Forbidden(context, caller, request, group, why);
        }
    }
}
