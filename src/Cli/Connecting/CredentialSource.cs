using System.Text;

namespace Kontinue.Cli.Connecting;

/// <summary>Knows the credential of a user, and makes it anew when it has expired. Safe for concurrent use.</summary>
internal sealed class CredentialSource(KubeUser user, ServerConnection connection, TimeProvider time, bool mayAsk) : IDisposable
{
    /// <summary>Tokens in files are renewed by others, such as the kubelet.</summary>
    private static readonly TimeSpan FileKept = TimeSpan.FromMinutes(1);

    /// <summary>So that a credential does not expire on its way.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _one = new(1);
    private volatile Credential? _current;

    /// <summary>The last credential that was given; null before the first.</summary>
    public Credential? Current => _current;

    /// <exception cref="ConnectionException">There is none to be had.</exception>
    public async ValueTask<Credential> GetAsync(CancellationToken cancellationToken)
    {
        if (_current is { } known && IsFresh(known))
        {
            return known;
        }

        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_current is { } other && IsFresh(other))
            {
                return other;
            }

            return _current = await MakeAsync(cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Says that the server did not take it.</summary>
    /// <returns>Whether another one may be had.</returns>
    public bool Refuse(Credential credential)
    {
        if (user.Exec is null)
        {
            return false;
        }

        Interlocked.CompareExchange(ref _current, null, credential);
        return true;
    }

    public void Dispose() => _one.Dispose();

    private bool IsFresh(Credential credential) => credential.Expires is not { } end || time.GetUtcNow() < end - Early;

    private async Task<Credential> MakeAsync(CancellationToken cancellationToken)
    {
        if (user.Exec is { } plugin)
        {
            return await new ExecCredentials(plugin, connection, mayAsk).RunAsync(cancellationToken);
        }

        System.Security.Cryptography.X509Certificates.X509Certificate2? certificate = _current?.Certificate;
        if (certificate is null && (user.ClientCertificate ?? user.ClientKey) is not null)
        {
            certificate = user is { ClientCertificate: { } cert, ClientKey: { } key }
                ? Certificates.Client(cert.Read(), key.Read())
                : throw new ConnectionException("A client certificate and its key belong together: the user has only one of them.");
        }

        // The file wins over the token, as with kubectl: it is the one that is renewed.
        if (user.TokenFile is { } file)
        {
            string token = new PemSource(null, file).Read().Trim();
            return token.Length > 0
                ? new Credential("Bearer " + token, certificate, time.GetUtcNow() + FileKept + Early)
                : throw new ConnectionException($"The token file '{file}' is empty.");
        }

        return new Credential(
            user.Token is { Length: > 0 } text ? "Bearer " + text.Trim()
            : user.Username is { Length: > 0 } name ? "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{user.Password}"))
            : null,
            certificate);
    }
}
