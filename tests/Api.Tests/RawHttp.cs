using System.Net.Sockets;
using System.Text;

namespace Kontinue.Testing;

/// <summary>Sends requests byte for byte: an HTTP client would put odd paths and double headers right.</summary>
internal static class RawHttp
{
    /// <summary>Sends a request.</summary>
    /// <returns>The status code, and the answer whole.</returns>
    public static async Task<(int Code, string Text)> SendAsync(Uri server, string requestLine, params string[] headers)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, deadline.Token);
        await using NetworkStream stream = client.GetStream();
        string head = string.Join("\r\n", [$"{requestLine} HTTP/1.1", $"Host: {server.Authority}", "Connection: close", .. headers, "", ""]);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(head), deadline.Token);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        string text = await reader.ReadToEndAsync(deadline.Token);
        return (int.Parse(text.AsSpan(9, 3)), text);
    }
}
