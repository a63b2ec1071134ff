using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Load.Driving;
using Kontinue.Resources;

namespace Kontinue.Load.Scenarios;

/// <summary>Parents that run very many children at once.</summary>
internal sealed class FanOutScenario : LoopScenario
{
    private const string Function = "fanout";

    public override string Name => "fanout";

    public override string Description => "parents with --count children at once, which do nothing";

    public override string Counted => "children of each parent";

    public override int DefaultCount => 1000;

    public override void AddTo(KontinueBuilder builder, WakeLog wakes) => builder.AddFunction(Function, (Func<KontinueContext, Arguments, Task<int>>)RunParentAsync);

    public override async Task RunOnceAsync(Iteration iteration, CancellationToken cancellationToken)
    {
        int children = iteration.Plan.Count == LoadOptions.UseDefaultCount ? DefaultCount : iteration.Plan.Count;
        Execution execution = Executions.Describe(Function, JsonPayload.From(new Arguments(children)));
        Execution ended = await iteration.Client.CreateAsync(execution, KontinueClientExtensions.MaxWait, cancellationToken);
        Executions.Check(ended, children);
    }

    private static async Task<int> RunParentAsync(KontinueContext ktx, Arguments args)
    {
        await Task.WhenAll(Enumerable.Range(0, args.Children).Select(_ => ktx.Execute(NoopScenario.Function)));
        return args.Children;
    }

    private sealed record Arguments(int Children);
}
