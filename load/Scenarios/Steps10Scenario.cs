using System.Collections.Concurrent;
using Kontinue.Engine.Hosting;
using Kontinue.Load.Driving;

namespace Kontinue.Load.Scenarios;

/// <summary>Executions of ten steps, one after the other, each with a text of some size as its result.</summary>
internal sealed class Steps10Scenario : LoopScenario
{
    private const string Function = "steps10";
    private const int Steps = 10;

    /// <summary>Not even a database that compresses makes such a text much smaller. There are as many as sizes were asked for: one a run.</summary>
    private static readonly ConcurrentDictionary<int, string> Texts = new();

    public override string Name => "steps10";

    public override string Description => "ten steps in sequence, each with a text of --payload bytes as its result";

    public override bool HasPayload => true;

    public override void AddTo(KontinueBuilder builder, WakeLog wakes) => builder.AddFunction(Function, (Func<KontinueContext, Arguments, Task<int>>)RunStepsAsync);

    public override async Task RunOnceAsync(Iteration iteration, CancellationToken cancellationToken)
    {
        int payload = iteration.Plan.Payload;
        var execution = Executions.Describe(Function, JsonPayload.From(new Arguments(payload)));
        Executions.Check(await Executions.RunAsync(iteration.Client, execution, cancellationToken), expected: Steps * payload);
    }

    private static async Task<int> RunStepsAsync(KontinueContext ktx, Arguments args)
    {
        int sum = 0;
        for (int i = 0; i < Steps; i++)
        {
            sum += (await ktx.Step("step", () => Texts.GetOrAdd(args.Payload, Make))).Length;
        }

        return sum;
    }

    private static string Make(int length) => new([.. Random.Shared.GetItems("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".AsSpan(), length)]);

    private sealed record Arguments(int Payload);
}
