using Kontinue.Engine.Hosting;
using Kontinue.Load.Driving;

namespace Kontinue.Load.Scenarios;

/// <summary>Executions that do nothing: one row each.</summary>
internal sealed class NoopScenario : LoopScenario
{
    public const string Function = "noop";

    public override string Name => "noop";

    public override string Description => "executions that do nothing";

    public override void AddTo(KontinueBuilder builder, WakeLog wakes) => builder.AddFunction(Function, (KontinueContext _) => Task.CompletedTask);

    public override Task RunOnceAsync(Iteration iteration, CancellationToken cancellationToken) =>
        Executions.RunAsync(iteration.Client, Executions.Describe(Function), cancellationToken);
}
