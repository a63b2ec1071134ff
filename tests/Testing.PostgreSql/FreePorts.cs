using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Kontinue.Testing.PostgreSql;

/// <summary>Ports of 127.0.0.1 for servers that have to know theirs before they listen, or to have the same one again after a restart.</summary>
public static class FreePorts
{
    // Below what Linux (32768), Windows and macOS (49152) give to connections that go out: a port that the system chooses for a listener is one that it also gives to the next connection,
    // so that it may be gone before the server that shall have it listens.
    private const int First = 12_000;
    private const int Count = 18_000;

    // Processes that test at the same time begin at different places.
    private static int _next = Random.Shared.Next(Count);

    /// <summary>Takes ports on which nobody listens. No two calls of one process get the same one until all had their turn.</summary>
    /// <param name="count">How many.</param>
    /// <exception cref="InvalidOperationException">Too few are free.</exception>
    public static int[] Take(int count)
    {
        var ports = new List<int>(count);
        for (int tries = 0; tries < Count && ports.Count < count; tries++)
        {
            int port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            if (IsFree(port))
            {
                ports.Add(port);
            }
        }

        return ports.Count == count
            ? [.. ports]
            : throw new InvalidOperationException($"Of the ports {First} to {First + Count - 1}, only {ports.Count} are free; {count} are needed.");
    }

    /// <summary>Takes one, as <see cref="Take(int)"/> does.</summary>
    /// <exception cref="InvalidOperationException">None is free.</exception>
    public static int Take() => Take(1)[0];

    [SuppressMessage("Reliability", "CA2000", Justification = "Disposed of by using")]
    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
