using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Kontinue.Storage.Tests.Failures;

/// <summary>A way to a server on which answers can be kept back, and lost for good.</summary>
internal sealed class AnswerHolder : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly int _target;
    private volatile bool _isHolding;

    public AnswerHolder(int target)
    {
        _target = target;
        _listener.Start();
        _ = Task.Run(AcceptAsync);
    }

    /// <summary>Where it listens on 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>From now on, requests get through and answers do not.</summary>
    public void Hold() => _isHolding = true;

    /// <summary>Ends all connections with the answers that were kept back. New ones work as they should.</summary>
    public void Lose()
    {
        _isHolding = false;
        while (_sockets.TryTake(out Socket? socket))
        {
            socket.Dispose();
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        Lose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket near = await _listener.AcceptSocketAsync();
                var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                _sockets.Add(near);
                _sockets.Add(far);
                await far.ConnectAsync(IPAddress.Loopback, _target);
                near.NoDelay = far.NoDelay = true;
                _ = Task.Run(() => PumpAsync(near, far, isAnswer: false));
                _ = Task.Run(() => PumpAsync(far, near, isAnswer: true));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was disposed of.
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool isAnswer)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
            {
                if (isAnswer && _isHolding)
                {
                    continue;
                }

                for (int sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One end is gone, so the other has to go.
        }

        from.Dispose();
        to.Dispose();
    }
}
