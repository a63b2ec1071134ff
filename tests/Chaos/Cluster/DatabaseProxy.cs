using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Kontinue.Chaos.Cluster;

/// <summary>The way between one silo and the database, which can be stopped up and cut.</summary>
internal sealed class DatabaseProxy : IDisposable
{
    private const int BufferBytes = 64 * 1024;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly ConcurrentDictionary<Guid, (Socket Near, Socket Far)> _connections = new();
    private readonly CancellationTokenSource _closing = new();
    private volatile TaskCompletionSource _flow = Opened();
    private volatile bool _refuses;

    public DatabaseProxy(int target)
    {
        _target = target;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = Task.Run(AcceptAsync);
    }

    /// <summary>Where it listens on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>All is as it should be.</summary>
    public void Open()
    {
        _refuses = false;
        _flow.TrySetResult();
    }

    /// <summary>Resets all connections and lets none through until it is opened.</summary>
    public void Cut()
    {
        _refuses = true;
        Reset();
    }

    /// <summary>Resets all connections; new ones get through.</summary>
    public void Reset()
    {
        foreach ((Socket near, Socket far) in _connections.Values)
        {
            Abort(near);
            Abort(far);
        }
    }

    /// <summary>Keeps what is sent, in both directions, until it is opened: neither side sees that anything is wrong.</summary>
    public void Stall() => _flow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose()
    {
        _closing.Cancel();
        _listener.Stop();
        Open();
        Reset();
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                Socket near = await _listener.AcceptSocketAsync(_closing.Token);
                _ = Task.Run(() => ServeAsync(near));
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // The next round asks whether this was the end.
            }
        }
    }

    private async Task ServeAsync(Socket near)
    {
        if (_refuses)
        {
            Abort(near);
            return;
        }

        var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Guid id = Guid.NewGuid();
        _connections[id] = (near, far);
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, _target);
            near.NoDelay = far.NoDelay = true;
            await Task.WhenAny(PumpAsync(near, far), PumpAsync(far, near));
        }
        catch (SocketException)
        {
            // The database is away: so it is for the silo.
        }
        finally
        {
            _connections.TryRemove(id, out _);
            Abort(near);
            Abort(far);
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[BufferBytes];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
            {
                await _flow.Task;
                for (int sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One end is gone; the other one follows.
        }
    }

    private static void Abort(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }

        socket.Dispose();
    }

    private static TaskCompletionSource Opened()
    {
        var flow = new TaskCompletionSource();
        flow.SetResult();
        return flow;
    }
}
