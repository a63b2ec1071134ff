using System.Security.Cryptography.X509Certificates;

namespace Kontinue.Cli.Connecting;

/// <summary>What proves who asks.</summary>
/// <param name="Authorization">The value of the header, or null.</param>
/// <param name="Certificate">The client certificate, or null.</param>
/// <param name="Expires">When it is over; null: not known to end.</param>
internal sealed record Credential(string? Authorization, X509Certificate2? Certificate, DateTimeOffset? Expires = null);

/// <summary>Makes certificates of PEM texts.</summary>
internal static class Certificates
{
    /// <exception cref="ConnectionException">They cannot be understood, or do not belong together.</exception>
    public static X509Certificate2 Client(string certificate, string key)
    {
        try
        {
            using X509Certificate2 pem = X509Certificate2.CreateFromPem(certificate, key);

            // The TLS of Windows takes no key that lives in memory only.
            return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), password: null);
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or ArgumentException)
        {
            throw new ConnectionException($"The client certificate or its key cannot be used: {e.Message}", e);
        }
    }

    /// <exception cref="ConnectionException">There is no certificate in it.</exception>
    public static X509Certificate2Collection Authorities(PemSource source)
    {
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(source.Read());
        }
        catch (System.Security.Cryptography.CryptographicException e)
        {
            throw new ConnectionException($"The certificate authority{In(source)} cannot be understood: {e.Message}", e);
        }

        return all.Count > 0 ? all : throw new ConnectionException($"The certificate authority{In(source)} has no certificate: it must be PEM (-----BEGIN CERTIFICATE-----).");
    }

    private static string In(PemSource source) => source.File is null ? "" : $" in '{source.File}'";
}
