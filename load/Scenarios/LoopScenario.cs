using Kontinue.Load.Driving;
using Kontinue.Load.Measurement;

namespace Kontinue.Load.Scenarios;

/// <summary>Callers that do the same again and again.</summary>
internal abstract class LoopScenario : Scenario
{
    public override bool IsLoop => true;

    /// <summary>One turn of a caller: until the end of the execution that it starts.</summary>
    /// <exception cref="WrongEndException">It did not end as it should.</exception>
    public abstract Task RunOnceAsync(Iteration iteration, CancellationToken cancellationToken);

    /// <summary>Runs the loop where the target has its callers.</summary>
    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var observer = new Observer(context);
        LoopResult result = await context.Target.RunLoopAsync(context.Options.ToPlan(), this, observer, cancellationToken);
        return new ScenarioResult
        {
            Latencies = result.Latencies,
            Executions = result.Completed,
            Elapsed = result.Elapsed,
            Errors = result.Errors,
            Open = result.Open,
            Series = observer.Series,
            Usage = observer.Usage!,
        };
    }

    private sealed class Observer(ScenarioContext context) : ILoopObserver
    {
        private ResourceMeter? _meter;
        private double _seconds;

        public List<Interval> Series { get; } = [];

        public Usage? Usage { get; private set; }

        public async Task BeganAsync() => _meter = await context.StartMeterAsync();

        public void Passed(Interval interval)
        {
            Series.Add(interval);
            _seconds += interval.Seconds;
            context.Progress(interval, _seconds);
        }

        public async Task EndedAsync() => Usage = await _meter!.StopAsync();
    }
}
