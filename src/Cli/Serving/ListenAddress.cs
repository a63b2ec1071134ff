using System.Net;
using Kontinue.Api.Access;
using Kontinue.Cli.Commands;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kontinue.Cli.Serving;

/// <summary>An address to listen at.</summary>
/// <param name="Url">As it was written.</param>
/// <param name="IsLoopback">Whether only this machine can reach it.</param>
internal sealed record ListenAddress(string Url, bool IsLoopback)
{
    /// <summary>Whether it is https.</summary>
    public bool IsTls { get; } = Url.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads addresses separated by ';' or ','.</summary>
    /// <exception cref="UsageException">One is not an address.</exception>
    public static IReadOnlyList<ListenAddress> Parse(string urls)
    {
        string[] parts = urls.Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length > 0 ? [.. parts.Select(One)] : throw new UsageException("--urls is empty. Write one such as http://127.0.0.1:8080.");
    }

    /// <summary>Makes Kestrel listen.</summary>
    public void Bind(KestrelServerOptions kestrel)
    {
        var uri = new Uri(Url);
        Action<ListenOptions> configure = IsTls ? static listen => listen.UseKontinueTls() : static _ => { };
        if (IPAddress.TryParse(uri.IdnHost, out IPAddress? address))
        {
            kestrel.Listen(address, uri.Port, configure);
        }
        else if (IsLoopback && uri.Port != 0)
        {
            kestrel.ListenLocalhost(uri.Port, configure);
        }
        else if (IsLoopback)
        {
            // Kestrel takes no free port for both families of addresses at once.
            kestrel.Listen(IPAddress.Loopback, port: 0, configure);
        }
        else
        {
            kestrel.ListenAnyIP(uri.Port, configure);
        }
    }

    private static ListenAddress One(string url)
    {
        // '*' and '+' stand for all addresses but are no hosts of a URI.
        string readable = url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        if (!Uri.TryCreate(readable, UriKind.Absolute, out Uri? uri) || uri.AbsolutePath is not "/" || uri.Query.Length > 0)
        {
            throw new UsageException($"'{url}' is not an address to listen at. Write one such as http://127.0.0.1:8080.");
        }

        if (uri.Scheme is not ("http" or "https"))
        {
            throw new UsageException($"'{url}': only http and https are supported.");
        }

        bool loopback = uri.IsLoopback && !IPAddress.Any.Equals(IPAddress.TryParse(uri.Host, out IPAddress? address) ? address : null);
        return new ListenAddress(readable, loopback);
    }
}
