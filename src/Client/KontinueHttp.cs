using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kontinue.Client;

/// <summary>Makes <see cref="HttpClient"/>s that suit a <see cref="KontinueHttpClient"/>.</summary>
public static class KontinueHttp
{
    /// <summary>
    /// Makes a client that keeps its connections, renews them now and then so that it follows changes in DNS, and leaves timeouts to
    /// <see cref="KontinueHttpClient"/>.
    /// </summary>
    /// <param name="server">The server's address; a path in it is kept as a prefix.</param>
    /// <param name="options">Certificates, and <see cref="KontinueClientOptions.ConfigureHandler"/>. Default: the defaults.</param>
    /// <exception cref="ArgumentException">The address is not one of http or https.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A certificate cannot be read.</exception>
    public static HttpClient Create(Uri server, KontinueClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        if (!server.IsAbsoluteUri || server.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"'{server}' is not the address of a server. Write one such as http://127.0.0.1:8080.", nameof(server));
        }

        var handler = new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(10),
            AllowAutoRedirect = false,
            UseCookies = false,

            // Answers are read to their end, but for watches: of those there is no end, so their connections are closed at once.
            ResponseDrainTimeout = TimeSpan.Zero,
        };
        if (options is not null)
        {
            AddCertificates(handler.SslOptions, options);
            options.ConfigureHandler?.Invoke(handler);
        }

        var address = new Uri(server.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/");
        return new HttpClient(handler, disposeHandler: true) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
    }

    private static void AddCertificates(SslClientAuthenticationOptions ssl, KontinueClientOptions options)
    {
        if (options.CertificateAuthorityFile is { } authorities)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(Load(nameof(options.CertificateAuthorityFile), authorities));
            ssl.CertificateChainPolicy = policy;
        }

        if (options.ClientCertificateFile is { } file)
        {
            X509Certificate2Collection chain = Load(nameof(options.ClientCertificateFile), file);
            ssl.ClientCertificateContext = SslStreamCertificateContext.Create(LoadWithKey(file, options.ClientKeyFile), chain, offline: true);
        }
    }

    private static X509Certificate2Collection Load(string option, string file)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw KontinueClientOptionsValidator.Refused($"{option} names the file '{file}', which cannot be read: {e.Message}");
        }

        return certificates.Count > 0
            ? certificates
            : throw KontinueClientOptionsValidator.Refused($"{option} names the file '{file}', which has no certificate in PEM.");
    }

    private static X509Certificate2 LoadWithKey(string file, string? keyFile)
    {
        try
        {
            X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(file, keyFile);
            if (!OperatingSystem.IsWindows())
            {
                return certificate;
            }

            // Windows does not use keys for TLS that exist in memory only.
            using (certificate)
            {
                return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
            }
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw KontinueClientOptionsValidator.Refused(
                $"The client's certificate '{file}' cannot be used with the key in '{keyFile ?? file}': {e.Message}");
        }
    }
}
