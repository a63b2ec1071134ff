using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Kontinue.Api.Access;

/// <summary>The server's certificate, as its files have it at the moment. Each new connection gets the newest.</summary>
internal sealed class TlsFiles
{
    private readonly ReloadingFile<SslStreamCertificateContext> _certificate;
    private readonly bool _asksClients;

    /// <exception cref="InvalidOperationException">A file cannot be read or used.</exception>
    public TlsFiles(KontinueTlsOptions options, TimeProvider time, ILogger logger)
    {
        if (options.CertificateFile is null || options.PrivateKeyFile is null)
        {
            throw new InvalidOperationException(
                $"TLS needs {nameof(KontinueTlsOptions.CertificateFile)} and {nameof(KontinueTlsOptions.PrivateKeyFile)} in KontinueApiOptions.Tls.");
        }

        _certificate = new ReloadingFile<SslStreamCertificateContext>(
            "The TLS certificate", [options.CertificateFile, options.PrivateKeyFile], contents => ReadCertificate(contents[0], contents[1]), time, logger);
        _asksClients = options.ClientCaFile is not null;
    }

    /// <summary>Opens a file of CA certificates.</summary>
    public static ReloadingFile<X509Certificate2Collection> OpenAuthorities(string path, TimeProvider time, ILogger logger) =>
        new("The client CA file", [path], contents => ReadAuthorities(contents[0]), time, logger);

    /// <summary>How to shake hands with the next client.</summary>
    public SslServerAuthenticationOptions Next() => new()
    {
        ServerCertificateContext = _certificate.Current,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateRequired = _asksClients,

        // Whatever certificate comes, the API judges it for each request, and says in words what is wrong. A resumed session may lack it.
        RemoteCertificateValidationCallback = _asksClients ? static (_, _, _, _) => true : null,
        AllowTlsResume = !_asksClients,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
    };

    private static SslStreamCertificateContext ReadCertificate(byte[] certificate, byte[] key)
    {
        string pem = Encoding.ASCII.GetString(certificate);
        var leaf = X509Certificate2.CreateFromPem(pem, Encoding.ASCII.GetString(key));
        if (OperatingSystem.IsWindows())
        {
            // Windows does not shake hands with a key that was never stored.
            using X509Certificate2 ephemeral = leaf;
            leaf = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), password: null);
        }

        var all = new X509Certificate2Collection();
        all.ImportFromPem(pem);
        all.RemoveAt(0);
        return SslStreamCertificateContext.Create(leaf, all, offline: true);
    }

    private static X509Certificate2Collection ReadAuthorities(byte[] content)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPem(Encoding.ASCII.GetString(content));
        return all.Count > 0 ? all : throw new CryptographicException("it has no certificate in PEM");
    }
}
