using System.Net;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Kontinue.Api.Requests;

/// <summary>
/// Keeps web pages of others from using the browser of somebody who runs a server on his own machine: by sending requests across
/// origins, and by a host name that is made to point to loopback (DNS rebinding).
/// </summary>
internal sealed class OriginGate(KontinueApiOptions options)
{
    private readonly HashSet<string> _origins = new(options.AllowedOrigins.Select(o => o.TrimEnd('/')), StringComparer.OrdinalIgnoreCase);
    private readonly bool _anyHost = options.AllowedHosts.Contains("*", StringComparer.Ordinal);
    private readonly HashSet<string> _hosts = new(
        [.. options.AllowedHosts, "localhost", Environment.MachineName], StringComparer.OrdinalIgnoreCase);

    public void Check(HttpContext context)
    {
        if (!_anyHost && context.Connection.LocalIpAddress is { } local && IsLoopback(local) && !IsOwnHost(context.Request.Host.Host))
        {
            throw Refuse($"The Host header names '{context.Request.Host}', but this is a loopback address. Use localhost, or allow the " +
                $"name with {nameof(KontinueApiOptions.AllowedHosts)}.");
        }

        string method = context.Request.Method;
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method))
        {
            return;
        }

        StringValues origin = context.Request.Headers.Origin;
        if (origin.Count > 0 && !IsOwnOrigin(context.Request, origin.ToString()))
        {
            throw Refuse($"Requests from pages of '{origin}' are not allowed. Allow the origin with {nameof(KontinueApiOptions.AllowedOrigins)}.");
        }

        // A browser that sends no Origin says at least where the request comes from.
        StringValues site = context.Request.Headers["Sec-Fetch-Site"];
        if (origin.Count == 0 && site.Count > 0 && site.ToString() is not ("same-origin" or "none"))
        {
            throw Refuse("Requests from pages of other sites are not allowed.");
        }
    }

    private static ApiException Refuse(string message) =>
        new(new ErrorStatus { Code = StatusCodes.Status403Forbidden, Reason = StatusReason.Forbidden, Message = message });

    private static bool IsLoopback(IPAddress address) =>
        IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private bool IsOwnHost(string host) =>
        host.Length == 0 || _hosts.Contains(host) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase) ||
        (IPAddress.TryParse(host, out IPAddress? address) && IsLoopback(address));

    private bool IsOwnOrigin(HttpRequest request, string origin) =>
        _origins.Contains(origin) ||
        string.Equals(origin, $"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase);
}
