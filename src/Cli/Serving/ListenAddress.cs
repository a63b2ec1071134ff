using System.Net;
using Kontinue.Cli.Commands;

namespace Kontinue.Cli.Serving;

/// <summary>An address to listen at.</summary>
/// <param name="Url">As it was written.</param>
/// <param name="IsLoopback">Whether only this machine can reach it.</param>
internal sealed record ListenAddress(string Url, bool IsLoopback)
{
    /// <summary>Reads addresses separated by ';' or ','.</summary>
    /// <exception cref="UsageException">One is not an address.</exception>
    public static IReadOnlyList<ListenAddress> Parse(string urls)
    {
        string[] parts = urls.Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length > 0 ? [.. parts.Select(One)] : throw new UsageException("--urls is empty. Write one such as http://127.0.0.1:8080.");
    }

    private static ListenAddress One(string url)
    {
        // '*' and '+' stand for all addresses but are no hosts of a URI.
        string readable = url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        if (!Uri.TryCreate(readable, UriKind.Absolute, out Uri? uri) || uri.AbsolutePath is not "/" || uri.Query.Length > 0)
        {
            throw new UsageException($"'{url}' is not an address to listen at. Write one such as http://127.0.0.1:8080.");
        }

        if (uri.Scheme is not "http")
        {
            throw new UsageException($"'{url}': only http is supported. Put a proxy in front of it for https.");
        }

        bool loopback = uri.IsLoopback && !IPAddress.Any.Equals(IPAddress.TryParse(uri.Host, out IPAddress? address) ? address : null);
        return new ListenAddress(readable, loopback);
    }
}
