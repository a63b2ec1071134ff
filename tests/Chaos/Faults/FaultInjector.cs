using System.Collections.Concurrent;
using System.Diagnostics;
using Kontinue.Chaos.Cluster;
using Kontinue.Testing.PostgreSql;
using Npgsql;

namespace Kontinue.Chaos.Faults;

/// <summary>Does one fault after the other, each kind once before any comes again.</summary>
internal sealed class FaultInjector(SiloCluster cluster, PrivatePostgres server, ChaosOptions options, Action<string> write)
{
    private static readonly TimeSpan MinGap = TimeSpan.FromMilliseconds(300);
    private readonly Random _random = new(options.Seed);
    private int _renamed;

    /// <summary>What was done.</summary>
    public ConcurrentQueue<Fault> Done { get; } = new();

    /// <summary>
    /// Goes on until <paramref name="over"/>, and until each kind was done once. A fault that has begun is brought to its end, so that all
    /// silos run afterwards.
    /// </summary>
    public async Task RunAsync(CancellationToken over, CancellationToken cancellationToken)
    {
        var bag = new Queue<FaultKind>();
        while (options.Faults.Count > 0 && (!over.IsCancellationRequested || Done.Count < options.Faults.Count))
        {
            await DelayAsync(MinGap + (options.Lease * _random.NextDouble()), cancellationToken);
            if (bag.Count == 0)
            {
                FaultKind[] kinds = [.. options.Faults];
                _random.Shuffle(kinds);
                bag = new Queue<FaultKind>(kinds);
            }

            await DoAsync(bag.Dequeue(), cancellationToken);
        }
    }

    private async Task DoAsync(FaultKind kind, CancellationToken cancellationToken)
    {
        Silo silo = cluster.Silos[_random.Next(cluster.Silos.Count)];
        // One that has ended itself may be about to come back.
        await silo.StartAsync(name: null, cancellationToken);
        string incarnation = silo.Incarnation;
        DateTimeOffset from = TimeProvider.System.GetUtcNow();
        string detail = kind switch
        {
            FaultKind.Kill => await KillAsync(silo, cancellationToken),
            FaultKind.Pause => await PauseAsync(silo, cancellationToken),
            FaultKind.Cut => await CutAsync(silo, cancellationToken),
            FaultKind.Restart => await RestartAsync(),
            FaultKind.Connections => await FillConnectionsAsync(silo, cancellationToken),
            _ => await RollAsync(cancellationToken),
        };
        bool hitsOne = kind is FaultKind.Kill or FaultKind.Pause or FaultKind.Cut;
        var fault = new Fault(kind, detail, hitsOne ? incarnation : null, from, TimeProvider.System.GetUtcNow());
        Done.Enqueue(fault);
        write($"{fault.From:HH:mm:ss.fff} {kind}: {detail} ({(fault.Until - fault.From).TotalSeconds:F1} s)");
    }

    private async Task<string> KillAsync(Silo silo, CancellationToken cancellationToken)
    {
        string old = silo.Name;
        await silo.KillAsync();
        TimeSpan away = options.Lease * (_random.NextDouble() * 1.5);
        string? name = _random.Next(2) == 0 ? null : $"{silo.ApplicationName}-{++_renamed}";
        await DelayAsync(away, cancellationToken);
        await silo.StartAsync(name, cancellationToken);
        return $"{old} was killed, away for {away.TotalSeconds:F1} s, and came back as {silo.Name}";
    }

    private async Task<string> PauseAsync(Silo silo, CancellationToken cancellationToken)
    {
        TimeSpan pause = options.Lease * (1.2 + _random.NextDouble());
        if (silo.Process is not { } process)
        {
            return $"{silo.Name} had just ended itself";
        }

        process.Pause();
        await DelayAsync(pause, cancellationToken);
        process.Continue();
        return $"{silo.Name} stood still for {pause.TotalSeconds:F1} s";
    }

    private async Task<string> CutAsync(Silo silo, CancellationToken cancellationToken)
    {
        TimeSpan duration = options.Lease * (0.3 + (_random.NextDouble() * 1.7));
        int way = _random.Next(4);
        switch (way)
        {
            case 0:
                await using (NpgsqlConnection connection = await ConnectAsync(cancellationToken))
                {
                    await TerminateAsync(connection, silo, cancellationToken);
                }

                return $"the database ended the connections of {silo.Name}";
            case 1:
                silo.Proxy.Reset();
                return $"the connections of {silo.Name} were reset";
            case 2:
                silo.Proxy.Cut();
                break;
            default:
                silo.Proxy.Stall();
                break;
        }

        try
        {
            await DelayAsync(duration, cancellationToken);
        }
        finally
        {
            silo.Proxy.Open();
        }

        return $"the connections of {silo.Name} were {(way == 2 ? "reset and refused" : "held up")} for {duration.TotalSeconds:F1} s";
    }

    private async Task<string> RestartAsync()
    {
        bool inOrder = _random.Next(2) == 0;
        await (inOrder ? server.StopAsync() : server.KillAsync());
        await server.StartAsync();
        return inOrder ? "the database was stopped and started" : "the database crashed and recovered";
    }

    private async Task<string> FillConnectionsAsync(Silo silo, CancellationToken cancellationToken)
    {
        var held = new List<NpgsqlConnection>();
        try
        {
            TimeSpan duration = options.Lease * (0.5 + _random.NextDouble());
            using var over = new CancellationTokenSource(duration, TimeProvider.System);
            held.Add(await ConnectAsync(cancellationToken));
            await TerminateAsync(held[0], silo, cancellationToken);
            while (!over.IsCancellationRequested)
            {
                try
                {
                    held.Add(await ConnectAsync(cancellationToken));
                }
                catch (NpgsqlException) when (!cancellationToken.IsCancellationRequested)
                {
                    // Full. What a silo gives back is taken from it again.
                    await DelayAsync(TimeSpan.FromMilliseconds(20), cancellationToken);
                }
            }

            return $"all connections were taken, {held.Count} of them here, after {silo.Name} had lost its own";
        }
        finally
        {
            foreach (NpgsqlConnection connection in held)
            {
                await connection.DisposeAsync();
            }
        }
    }

    private async Task<string> RollAsync(CancellationToken cancellationToken)
    {
        var stops = new List<string>();
        foreach (Silo silo in cluster.Silos)
        {
            long start = Stopwatch.GetTimestamp();
            int code = await silo.StopAsync();
            stops.Add($"{silo.Name} in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s with {code}");
            await silo.StartAsync(name: null, cancellationToken);
        }

        return $"one after the other was stopped and started: {string.Join(", ", stops)}";
    }

    private static async Task TerminateAsync(NpgsqlConnection connection, Silo silo, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", connection);
        command.Parameters.AddWithValue(silo.ApplicationName);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static Task DelayAsync(TimeSpan time, CancellationToken cancellationToken) => Task.Delay(time, TimeProvider.System, cancellationToken);
}
