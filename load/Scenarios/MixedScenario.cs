using System.Collections.Concurrent;
using Kontinue.Load.Driving;

namespace Kontinue.Load.Scenarios;

/// <summary>Other loop scenarios, by weight.</summary>
internal sealed class MixedScenario : LoopScenario
{
    /// <summary>There is one a run.</summary>
    private readonly ConcurrentDictionary<string, Mix> _mixes = new(StringComparer.Ordinal);

    public override string Name => "mixed";

    public override string Description => "other scenarios by the weights of --mix";

    public override bool HasPayload => true;

    public override Task RunOnceAsync(Iteration iteration, CancellationToken cancellationToken) =>
        _mixes.GetOrAdd(iteration.Plan.Mix, Read).Pick(iteration.Number).RunOnceAsync(iteration, cancellationToken);

    private static Mix Read(string text) => Mix.Parse(text, out string problem) ?? throw new ArgumentException($"--mix: {problem}.");
}
