using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Kontinue.Api.Access;

/// <summary>Knows callers by the tokens that they send.</summary>
internal sealed class TokenAuthenticator(ReloadingFile<AccessPolicy> file) : IAuthenticator
{
    private const string Scheme = "Bearer ";
    private const string Challenge = "Bearer realm=\"kontinue\"";
    private const int MaxTokenLength = 4096;

    public Caller Authenticate(HttpContext context)
    {
        StringValues header = context.Request.Headers.Authorization;
        if (header.Count == 0)
        {
            throw AccessStatus.Unauthorized(context, Challenge, "This server wants to know who asks. Send a token, as in Authorization: Bearer TOKEN.");
        }

        // Two headers are refused and not chosen from: a proxy before this server may have looked at the other one.
        string value = header.Count == 1 ? header[0] ?? "" : "";
        if (!value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || value.Length == Scheme.Length || value.Length > Scheme.Length + MaxTokenLength)
        {
            throw AccessStatus.Unauthorized(
                context, Challenge, $"The Authorization header must be one, and of the form 'Bearer TOKEN', with a token of 1 to {MaxTokenLength:N0} characters.");
        }

        return Find(value.AsSpan(Scheme.Length))
            ?? throw AccessStatus.Unauthorized(context, Challenge, "The token is not known to this server, or not any more.");
    }

    private Caller? Find(ReadOnlySpan<char> token)
    {
        const int onStack = 512;
        int max = Encoding.UTF8.GetMaxByteCount(token.Length);
        Span<byte> utf8 = max <= onStack ? stackalloc byte[onStack] : new byte[max];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(token, utf8)], hash);
        return file.Current.Find(hash);
    }
}
