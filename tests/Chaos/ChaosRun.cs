using System.Diagnostics;
using Kontinue.Chaos.Cluster;
using Kontinue.Chaos.Evidence;
using Kontinue.Chaos.Faults;
using Kontinue.Chaos.Rules;
using Kontinue.Chaos.Work;
using Kontinue.Testing.PostgreSql;

namespace Kontinue.Chaos;

/// <summary>A database, silos, work and faults; and at the end the question whether all that holds that must.</summary>
internal sealed class ChaosRun(ChaosOptions options, Action<string> write, SiloHost host) : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CleanUpDeadline = TimeSpan.FromMinutes(1);

    private readonly List<Violation> _troubles = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("kontinue-chaos-").FullName;
    private PrivatePostgres? _server;
    private SiloCluster? _cluster;
    private EvidenceReader? _reader;

    public async Task<ChaosReport> RunAsync(CancellationToken cancellationToken)
    {
        // The times of commits are what the rules stand on.
        _server = await PrivatePostgres.StartNewAsync([$"max_connections={host.ServerConnections}", "track_commit_timestamp=on"], cancellationToken);
        string connection = await _server.CreateDatabaseAsync("chaos", cancellationToken);
        string bodyLog = Path.Combine(_folder, "bodies.log");
        _cluster = new SiloCluster(
            [.. Enumerable.Range(1, options.Silos).Select(i => new Silo(host, $"silo-{i}", connection, _server.Port, bodyLog, options.Lease))]);
        _reader = new EvidenceReader(connection);
        await _cluster.Silos[0].StartAsync(name: null, cancellationToken);
        await _reader.InstallAuditAsync(cancellationToken);
        await Task.WhenAll(_cluster.Silos.Skip(1).Select(silo => silo.StartAsync(name: null, cancellationToken)));
        _cluster.Use(await host.ConnectAsync(connection, cancellationToken));
        write($"{options.Silos} silos run; faults for {options.Duration.TotalMinutes:F1} min: {string.Join(", ", options.Faults)}; seed {options.Seed}");

        var load = new WorkLoad(new WorkDriver(_cluster), options);
        var faults = new FaultInjector(_cluster, _server, options, write);
        double settled = await WorkAsync(load, faults, cancellationToken);
        return await JudgeAsync(load, faults, bodyLog, settled, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        if (_reader is not null)
        {
            await _reader.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <returns>Seconds from the end of the faults until everything had ended.</returns>
    private async Task<double> WorkAsync(WorkLoad load, FaultInjector faults, CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource(options.Duration, TimeProvider.System);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var abandoning = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task working = load.RunAsync(stopping.Token, abandoning.Token);
        try
        {
            await faults.RunAsync(over.Token, cancellationToken);
        }
        catch (TimeoutException stuck)
        {
            _troubles.Add(new Violation("silo", stuck.Message));
        }

        await Task.WhenAny(Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, over.Token));
        cancellationToken.ThrowIfCancellationRequested();
        await stopping.CancelAsync();
        long calm = Stopwatch.GetTimestamp();
        foreach (Silo silo in _cluster!.Silos.Where(silo => silo.Process is null))
        {
            await silo.StartAsync(name: null, cancellationToken);
        }

        await UntilEmptyAsync(_reader!.ReadUnfinishedAsync, options.SettleDeadline, "unfinished", working, cancellationToken);
        double settled = Stopwatch.GetElapsedTime(calm).TotalSeconds;
        await abandoning.CancelAsync();
        await working;
        await UntilEmptyAsync(_reader.ReadDeadMessagesAsync, CleanUpDeadline, null, Task.CompletedTask, cancellationToken);
        // Those that were killed and came back under another name are remembered until their leases end; and one may just be on its way back.
        await UntilEmptyAsync(
            async token =>
            {
                IReadOnlyList<string> live = await _reader.ReadLiveSilosAsync(token);
                string[] running = [.. _cluster.Silos.Where(silo => silo.Process is not null).Select(silo => silo.Name)];
                return [.. live.Except(running), .. running.Except(live)];
            },
            options.Lease * 2, null, Task.CompletedTask, cancellationToken);
        return settled;
    }

    /// <summary>Waits until callers are done and there is nothing to be read any more; what is there at the deadline is trouble, or is left to the rules.</summary>
    private async Task UntilEmptyAsync(
        Func<CancellationToken, Task<IReadOnlyList<string>>> read, TimeSpan deadline, string? rule, Task callers, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            IReadOnlyList<string> left = await read(cancellationToken);
            if (left.Count == 0 && callers.IsCompleted)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(start) > deadline)
            {
                if (rule is not null)
                {
                    _troubles.AddRange(left.Select(one => new Violation(rule, $"After {deadline.TotalSeconds:F0} s without faults: {one}")));
                    _troubles.AddRange(left.Count == 0 ? [new Violation(rule, $"After {deadline.TotalSeconds:F0} s without faults callers still wait.")] : []);
                }

                return;
            }

            await Task.Delay(Poll, TimeProvider.System, cancellationToken);
        }
    }

    private async Task<ChaosReport> JudgeAsync(
        WorkLoad load, FaultInjector faults, string bodyLog, double settled, CancellationToken cancellationToken)
    {
        ChaosEvidence evidence = await _reader!.ReadAsync(
            new ChaosEvidence
            {
                Work = [.. load.Items],
                Faults = [.. faults.Done],
                RunningSilos = [.. _cluster!.Silos.Where(silo => silo.Process is not null).Select(silo => silo.Name)],
                Lease = options.Lease,
            },
            cancellationToken);
        // Read after the journals: a body that begins too late must be in it.
        evidence = evidence with { Bodies = BodyLogFile.Read(bodyLog) };
        Findings findings = ChaosChecker.Check(evidence);
        return new ChaosReport
        {
            Seed = options.Seed,
            Minutes = options.Duration.TotalMinutes,
            Silos = options.Silos,
            LeaseSeconds = options.Lease.TotalSeconds,
            Faults = evidence.Faults.CountBy(fault => fault.Kind.ToString()).OrderBy(count => count.Key).ToDictionary(),
            FaultLog = [.. evidence.Faults.Select(fault => $"{fault.From:O} {fault.Until:O} {fault.Kind}: {fault.Detail}")],
            Acknowledged = evidence.Work.Count(item => item.IsAcknowledged),
            Children = evidence.Executions.Count(row => row.ParentUid is not null),
            Phases = evidence.Executions.CountBy(row => row.Phase.ToString()).OrderBy(count => count.Key).ToDictionary(),
            JournalEntries = evidence.Journal.Count,
            Bodies = evidence.Bodies.Count,
            RepeatedBodies = findings.Repeats,
            Zombies = findings.Zombies,
            OvertakenEvents = findings.Overtakings,
            PermitsTaken = evidence.Permits.Count(change => change.IsTaken),
            OwnEnds = _cluster.Silos.Sum(silo => silo.OwnEnds),
            Claims = evidence.Changes.GroupBy(change => change.Uid).Sum(row => row.Select(change => change.Epoch).Distinct().Count() - 1),
            Requests = _cluster.Asked,
            RepeatedRequests = _cluster.Repeated,
            SettleSeconds = settled,
            Violations = [.. _troubles, .. load.Refusals.Select(refusal => new Violation("refused", refusal)), .. findings.Violations],
        };
    }
}
