using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;

namespace Kontinue.Api.Access;

/// <summary>Tells whether a client certificate is that of a trusted proxy. The answer is kept as long as the connection and the CA are.</summary>
internal sealed class ProxyCertificates(ReloadingFile<X509Certificate2Collection> authorities, IEnumerable<string> allowedNames, TimeProvider time)
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string CommonName = "2.5.4.3";

    private readonly HashSet<string> _allowed = new(allowedNames, StringComparer.Ordinal);
    private readonly ConditionalWeakTable<X509Certificate2, Verdict> _verdicts = [];

    /// <summary>What is wrong with a certificate; null: nothing.</summary>
    public string? Problem(X509Certificate2 certificate)
    {
        X509Certificate2Collection trusted = authorities.Current;
        DateTimeOffset now = time.GetUtcNow();
        if (_verdicts.TryGetValue(certificate, out Verdict? verdict) && ReferenceEquals(verdict.Trusted, trusted) && now < verdict.Until)
        {
            return verdict.Problem;
        }

        verdict = new Verdict(trusted, Examine(certificate, trusted, now), new DateTimeOffset(certificate.NotAfter));
        _verdicts.AddOrUpdate(certificate, verdict);
        return verdict.Problem;
    }

    private string? Examine(X509Certificate2 certificate, X509Certificate2Collection trusted, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        X509ChainPolicy policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(trusted);
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid(ClientAuthentication));
        policy.VerificationTime = now.LocalDateTime;
        if (!chain.Build(certificate))
        {
            IEnumerable<string> causes = chain.ChainStatus.Select(s => s.Status.ToString()).Distinct(StringComparer.Ordinal);
            return $"The client certificate is not one that the configured CA has issued for clients ({string.Join(", ", causes)}).";
        }

        return _allowed.Count == 0 || (NameOf(certificate) is { } name && _allowed.Contains(name))
            ? null
            : "The client certificate's common name is not among those that may say who asks.";
    }

    /// <summary>The common name, if there is just one: with several, readers differ in which they take.</summary>
    private static string? NameOf(X509Certificate2 certificate)
    {
        string? name = null;
        foreach (X500RelativeDistinguishedName part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements)
            {
                return null;
            }

            if (part.GetSingleElementType().Value is CommonName)
            {
                if (name is not null)
                {
                    return null;
                }

                name = part.GetSingleElementValue();
            }
        }

        return name;
    }

    private sealed record Verdict(X509Certificate2Collection Trusted, string? Problem, DateTimeOffset Until);
}
