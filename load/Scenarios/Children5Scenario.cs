using Kontinue.Engine.Hosting;
using Kontinue.Load.Driving;

namespace Kontinue.Load.Scenarios;

/// <summary>Parents that run five children at once.</summary>
internal sealed class Children5Scenario : LoopScenario
{
    private const string Function = "children5";

    public override string Name => "children5";

    public override string Description => "parents with five children at once, which do nothing";

    public override void AddTo(KontinueBuilder builder, WakeLog wakes) => builder.AddFunction(Function, RunParentAsync);

    public override async Task RunOnceAsync(Iteration iteration, CancellationToken cancellationToken) =>
        Executions.Check(await Executions.RunAsync(iteration.Client, Executions.Describe(Function), cancellationToken), expected: 5);

    private static async Task<int> RunParentAsync(KontinueContext ktx)
    {
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ktx.Execute(NoopScenario.Function)));
        return 5;
    }
}
