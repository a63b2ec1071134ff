using System.Diagnostics;
using Kontinue.Cli.Benchmarking;
using Kontinue.Client;
using Kontinue.Load.Driving;
using Kontinue.Load.Measurement;
using Kontinue.Resources;

namespace Kontinue.Load.Scenarios;

/// <summary>
/// Many watches at once, each for the executions of one label value, while callers run executions in a closed loop. Measured is the
/// time from an execution's end, as its caller learns of it, to the moment the watch tells of it; none may be missed.
/// </summary>
internal sealed class WatchScenario : Scenario
{
    private const string Label = "watcher";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public override string Name => "watch";

    public override string Description => "--count watches, each for one label value, while callers run executions: how late is each told?";

    public override string Counted => "watches";

    public override int DefaultCount => 1000;

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        int count = context.CountOr(DefaultCount);
        var board = new Board();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ready = new CountdownEvent(count);
        Task[] watches = [.. Enumerable.Range(0, count).Select(i => WatchAsync(context.Client, i, ready, board, ending.Token))];
        await Task.Run(() => ready.Wait(cancellationToken), cancellationToken);

        ResourceMeter meter = await context.StartMeterAsync();
        long start = Stopwatch.GetTimestamp();
        long until = start + (long)(context.Options.Duration.TotalSeconds * Stopwatch.Frequency);
        await Task.WhenAll(Enumerable.Range(0, context.Options.Concurrency).Select(_ => CallAsync(context.Client, count, until, board, cancellationToken)));
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        Usage usage = await meter.StopAsync();
        await WaitForLastAsync(board, cancellationToken);
        await ending.CancelAsync();
        await Task.WhenAll(watches);
        if (board.Untold > 0)
        {
            board.Errors.Add($"{board.Untold} of {board.Created} ends were not told of within {Patience.TotalSeconds:F0} s.");
        }

        return new ScenarioResult
        {
            Latencies = board.Lags,
            Executions = board.Created,
            Elapsed = elapsed,
            Errors = board.Errors,
            Usage = usage,
            Extra = { ["watches"] = count, ["events"] = board.Events },
        };
    }

    private static async Task WatchAsync(IKontinueClient client, int index, CountdownEvent ready, Board board, CancellationToken cancellationToken)
    {
        bool isReady = false;
        try
        {
            var query = new WatchQuery { Selector = new ExecutionSelector { Labels = [LabelRequirement.Equal(Label, $"w{index}")] } };
            await foreach (ExecutionEvent change in client.WatchAsync(query, cancellationToken))
            {
                if (change.IsInitialEnd && !isReady)
                {
                    isReady = true;
                    ready.Signal();
                }

                if (change.Execution is { Status.Phase: ExecutionPhase.Completed } ended)
                {
                    board.Told(ended.Metadata.Name!);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end of the run.
        }
        catch (Exception failure)
        {
            board.Errors.Add(failure.Message);
        }
        finally
        {
            if (!isReady)
            {
                ready.Signal();
            }
        }
    }

    private static async Task CallAsync(IKontinueClient client, int watches, long until, Board board, CancellationToken cancellationToken)
    {
        while (Stopwatch.GetTimestamp() < until && !cancellationToken.IsCancellationRequested)
        {
            Execution execution = Executions.Describe(NoopScenario.Function);
            execution = execution with
            {
                Metadata = execution.Metadata with
                {
                    Labels = new Dictionary<string, string>(StringComparer.Ordinal) { [Label] = $"w{Random.Shared.Next(watches)}" },
                },
            };
            try
            {
                await client.CreateAsync(execution, KontinueClientExtensions.MaxWait, cancellationToken);
                board.Ended(execution.Metadata.Name!);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                board.Errors.Add(failure.Message);
            }
        }
    }

    private static async Task WaitForLastAsync(Board board, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        while (board.Untold > 0 && Stopwatch.GetElapsedTime(start) < Patience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>What ended and what was told. Either may come first, and a watch may tell twice.</summary>
    private sealed class Board
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<string, long> _ended = new(StringComparer.Ordinal);
        private readonly Dictionary<string, long> _told = new(StringComparer.Ordinal);
        private long _events;

        public ErrorCount Errors { get; } = new();

        public LatencyHistogram Lags { get; } = new();

        public long Events => Interlocked.Read(ref _events);

        public int Created => Count(() => _ended.Count);

        public int Untold => Count(() => _ended.Count - (int)Lags.Count);

        public void Ended(string name) => Meet(name, _ended, _told);

        public void Told(string name)
        {
            Interlocked.Increment(ref _events);
            Meet(name, _told, _ended);
        }

        private void Meet(string name, Dictionary<string, long> mine, Dictionary<string, long> other)
        {
            long now = Stopwatch.GetTimestamp();
            lock (_lock)
            {
                if (mine.TryAdd(name, now) && other.TryGetValue(name, out long first))
                {
                    // A watch that tells before the caller has its answer is not late at all.
                    Lags.Record(ReferenceEquals(mine, _told) ? Stopwatch.GetElapsedTime(first, now) : TimeSpan.Zero);
                }
            }
        }

        private int Count(Func<int> count)
        {
            lock (_lock)
            {
                return count();
            }
        }
    }
}
