using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Load.Driving;
using Kontinue.Resources;

namespace Kontinue.Load.Scenarios;

/// <summary>Executions that wait for an event, which their caller sends.</summary>
internal sealed class EventsScenario : LoopScenario
{
    private const string Function = "awaiter";
    private const string Event = "go";
    private const int Value = 7;

    public override string Name => "events";

    public override string Description => "executions that wait for an event, which the caller sends when it has created them";

    public override void AddTo(KontinueBuilder builder, WakeLog wakes) => builder.AddFunction(Function, (KontinueContext ktx) => ktx.Event<int>(Event));

    public override async Task RunOnceAsync(Iteration iteration, CancellationToken cancellationToken)
    {
        Execution created = await iteration.Client.CreateAsync(Executions.Describe(Function), cancellationToken: cancellationToken);
        await iteration.Client.SendEventAsync(created.Key, Event, JsonPayload.From(Value), cancellationToken);
        Executions.Check(await iteration.Client.WaitAsync(created.Key, KontinueClientExtensions.MaxWait, cancellationToken), Value);
    }
}
