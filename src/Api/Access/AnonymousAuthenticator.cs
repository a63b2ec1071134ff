using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Access;

/// <summary>Everybody is the same.</summary>
internal sealed class AnonymousAuthenticator(Func<Caller> who) : IAuthenticator
{
    // Addresses are known for certain only once the server listens, so the first request decides.
    private readonly Lazy<Caller> _caller = new(who);

    public Caller Authenticate(HttpContext context) => _caller.Value;

    /// <summary>Whoever reaches a server that only its own machine can reach may change things; others may read.</summary>
    public static Caller ByAddresses(IServer? server)
    {
        ICollection<string>? addresses = server?.Features.Get<IServerAddressesFeature>()?.Addresses;
        return addresses is { Count: > 0 } && addresses.All(IsLoopback) ? Caller.AnonymousAdmin : Caller.AnonymousReader;
    }

    public static bool IsLoopback(string address)
    {
        // Sockets in the file system have the file's own permissions.
        if (address.Contains("://unix:", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        // '*' and '+' stand for all addresses, and are no hosts of a URI.
        return Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) &&
            (uri.Host is "localhost" || (IPAddress.TryParse(uri.Host, out IPAddress? ip) && IPAddress.IsLoopback(ip)));
    }
}
