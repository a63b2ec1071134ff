using Kontinue.Engine.Hosting;
using Kontinue.Load.Driving;

namespace Kontinue.Load.Scenarios;

/// <summary>Executions of three small steps, one after the other.</summary>
internal sealed class Steps3Scenario : LoopScenario
{
    public const string Function = "steps3";

    public override string Name => "steps3";

    public override string Description => "three steps in sequence, each with a number as its result";

    public override void AddTo(KontinueBuilder builder, WakeLog wakes) => builder.AddFunction(Function, RunStepsAsync);

    public override async Task RunOnceAsync(Iteration iteration, CancellationToken cancellationToken) =>
        Executions.Check(await Executions.RunAsync(iteration.Client, Executions.Describe(Function), cancellationToken), expected: 3);

    private static async Task<int> RunStepsAsync(KontinueContext ktx)
    {
        int a = await ktx.Step("a", () => 1);
        int b = await ktx.Step("b", () => a + 1);
        return await ktx.Step("c", () => b + 1);
    }
}
