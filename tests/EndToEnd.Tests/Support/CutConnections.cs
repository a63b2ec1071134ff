using System.Net.Sockets;

namespace Kontinue.EndToEnd.Tests.Support;

/// <summary>Makes connections that break after some bytes of answers: in the middle of a line, of an answer, or before it.</summary>
internal sealed class CutConnections(int seed, int maxBytes)
{
    private const int MinBytes = 300;

    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private int _cuts;

    /// <summary>How many have been cut.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    public void Configure(SocketsHttpHandler handler) => handler.ConnectCallback = async (context, cancellationToken) =>
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        lock (_lock)
        {
            return new CutStream(this, socket, _random.Next(MinBytes, maxBytes));
        }
    };

    private sealed class CutStream(CutConnections owner, Socket socket, int left) : NetworkStream(socket, ownsSocket: true)
    {
        private int _left = left;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            // A read of nothing only waits for something to be there.
            int read = await base.ReadAsync(buffer[..Math.Min(buffer.Length, _left)], cancellationToken);
            _left -= read;
            if (_left == 0 && buffer.Length > 0)
            {
                Interlocked.Increment(ref owner._cuts);
                Close();
                throw new IOException("The test has cut the connection.");
            }

            return read;
        }
    }
}
