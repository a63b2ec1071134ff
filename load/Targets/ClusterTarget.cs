using Kontinue.Client;
using Kontinue.Load.Driving;
using Kontinue.Load.Measurement;
using Kontinue.Load.Scenarios;
using Kontinue.Load.Silos;
using Kontinue.Load.Stores;

namespace Kontinue.Load.Targets;

/// <summary>
/// Several silos, each a process of its own, on one database. Callers are in the silos, so that nothing but silos is measured, or here, spread over
/// the silos by HTTP.
/// </summary>
internal sealed class ClusterTarget : Target
{
    private readonly bool _callersInSilos;
    private readonly IReadOnlyList<SiloProcess> _silos;
    private readonly IReadOnlyList<HttpClient> _https;

    private ClusterTarget(IReadOnlyList<SiloProcess> silos, bool callersInSilos)
    {
        _silos = silos;
        _callersInSilos = callersInSilos;
        _https = [.. silos.Select(silo => KontinueHttp.Create(silo.Address))];
        Clients = [.. _https.Select(http => new KontinueHttpClient(http))];
    }

    public override IReadOnlyList<IKontinueClient> Clients { get; }

    public static async Task<ClusterTarget> OpenAsync(LoadOptions options, StoreSession session, CancellationToken cancellationToken)
    {
        // The first one alone, as it makes the tables; a failure is told once then.
        var silos = new List<SiloProcess> { await SiloProcess.StartAsync("load-silo-1", options, session, cancellationToken) };
        Task<SiloProcess>[] others =
        [
            .. Enumerable.Range(2, options.Silos - 1).Select(i => SiloProcess.StartAsync($"load-silo-{i}", options, session, cancellationToken)),
        ];
        try
        {
            silos.AddRange(await Task.WhenAll(others));
            return new ClusterTarget(silos, options.CallersInSilos);
        }
        catch
        {
            await StopAsync([.. silos, .. others.Where(other => other.IsCompletedSuccessfully).Select(other => other.Result)]);
            throw;
        }
    }

    public override async Task<IReadOnlyList<ProcessReading>> ReadSilosAsync(bool afterCollection = false) => await Task.WhenAll(_silos.Select(silo => silo.ReadAsync(afterCollection)));

    public override async Task<LoopResult> RunLoopAsync(LoopPlan plan, LoopScenario scenario, ILoopObserver observer, CancellationToken stop)
    {
        if (!_callersInSilos)
        {
            return await base.RunLoopAsync(plan, scenario, observer, stop);
        }

        var together = new SiloIntervals(_silos.Count, observer.Passed);
        Task[] began = new Task[_silos.Count];
        Task[] ended = new Task[_silos.Count];
        var results = new Task<LoopResult>[_silos.Count];
        for (int i = 0; i < _silos.Count; i++)
        {
            int silo = i;
            SiloLoad load = _silos[i].Run(plan.ShareOf(i, _silos.Count), interval => together.Passed(silo, interval), stop);
            (began[i], ended[i], results[i]) = (load.Began, load.Ended, load.Result);
        }

        // Silos measure by clocks of their own; that of the resources begins with the last and ends with the last of them.
        await Task.WhenAll(began);
        await observer.BeganAsync();
        await Task.WhenAll(ended);
        await observer.EndedAsync();
        LoopResult[] parts = await Task.WhenAll(results);
        together.Flush();
        return LoopResult.Together(parts);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (HttpClient http in _https)
        {
            http.Dispose();
        }

        await StopAsync(_silos);
    }

    private static Task StopAsync(IEnumerable<SiloProcess> silos) => Task.WhenAll(silos.Select(silo => silo.DisposeAsync().AsTask()));
}
