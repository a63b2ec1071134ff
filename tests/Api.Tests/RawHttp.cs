using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Kontinue.Testing;

/// <summary>Sends requests byte for byte: an HTTP client would put odd paths and double headers right.</summary>
internal static class RawHttp
{
    /// <summary>Sends a request.</summary>
    /// <returns>The status code, and the answer whole.</returns>
    public static Task<(int Code, string Text)> SendAsync(Uri server, string requestLine, params string[] headers) =>
        SendAsync(server, certificate: null, requestLine, headers);

    /// <summary>Sends a request, over TLS if the server's address says so.</summary>
    public static async Task<(int Code, string Text)> SendAsync(Uri server, X509Certificate2? certificate, string requestLine, params string[] headers)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, deadline.Token);
        await using Stream stream = server.Scheme is "https" ? await EncryptAsync(client.GetStream(), certificate, deadline.Token) : client.GetStream();
        string head = string.Join("\r\n", [$"{requestLine} HTTP/1.1", $"Host: {server.Authority}", "Connection: close", .. headers, "", ""]);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(head), deadline.Token);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        string text = await reader.ReadToEndAsync(deadline.Token);
        return (int.Parse(text.AsSpan(9, 3)), text);
    }

    private static async Task<Stream> EncryptAsync(Stream plain, X509Certificate2? certificate, CancellationToken deadline)
    {
        var tls = new SslStream(plain);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "127.0.0.1",
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
            },
            deadline);
        return tls;
    }
}
