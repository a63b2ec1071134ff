using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Kontinue.Cli.Connecting;

/// <summary>Makes the <see cref="HttpClient"/> of a connection.</summary>
internal static class ServerHttp
{
    /// <exception cref="ConnectionException">A certificate cannot be read.</exception>
    public static HttpClient Create(ServerConnection connection, TimeProvider time, bool mayAsk)
    {
        CredentialSource? source = connection.User is { } user ? new CredentialSource(user, connection, time, mayAsk) : null;
        HttpMessageHandler handler = Sockets(connection, source);
        if (source is not null)
        {
            handler = new CredentialHandler(source) { InnerHandler = handler };
        }

        if (connection.Limit is { } limit)
        {
            handler = new LimitHandler(new TokenBucket(limit, time)) { InnerHandler = handler };
        }

        // Timeouts are the business of the client above: it knows which calls wait.
        return new HttpClient(handler, disposeHandler: true)
        {
            BaseAddress = new Uri(connection.Server.AbsoluteUri.TrimEnd('/') + "/"), Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    private static SocketsHttpHandler Sockets(ServerConnection connection, CredentialSource? source)
    {
        var tls = new SslClientAuthenticationOptions();
        if (source is not null)
        {
            // The credential is made before the connection, so that a plugin's certificate is known here.
            tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => source.Current?.Certificate!;
        }

        if (connection.InsecureSkipTlsVerify)
        {
            tls.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        }
        else if (connection.CertificateAuthority is { } authority)
        {
            tls.CertificateChainPolicy = Trusting(Certificates.Authorities(authority));
        }

        if (connection is { TlsServerName: { } name, InsecureSkipTlsVerify: false })
        {
            // The handler always asks for the name in the address, so the other name is looked for here.
            tls.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None &&
                certificate is X509Certificate2 given && given.MatchesHostname(name);
        }

        return new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(10),
            AllowAutoRedirect = false,
            SslOptions = tls,
            Proxy = connection.Proxy is { } proxy ? new WebProxy(proxy) : null,
        };
    }

    /// <summary>Trusts these authorities and nobody else.</summary>
    private static X509ChainPolicy Trusting(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);

        // For servers; https://oidref.com/1.3.6.1.5.5.7.3.1.
        policy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.1"));
        return policy;
    }
}
