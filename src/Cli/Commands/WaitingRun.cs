using System.Threading.Channels;
using Kontinue.Cli.Output;
using Kontinue.Client;
using Kontinue.Resources;
using Spectre.Console;

namespace Kontinue.Cli.Commands;

/// <summary>Starts an execution and waits for its end: through restarts of the server, with a tree of what goes on for whoever watches.</summary>
internal sealed class WaitingRun(CliConsole console, IKontinueClient client)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WatchedSlice = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LoggedSlice = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PaintPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    /// <summary>How long a server may be away in the middle of a wait.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public async Task<int> RunAsync(Execution wanted, TimeSpan? limit, bool json, CancellationToken cancellationToken)
    {
        long began = console.Time.GetTimestamp();
        Execution execution = await client.CreateAsync(wanted, Least(FirstWait, limit ?? FirstWait), cancellationToken);
        try
        {
            if (!HasEnded(execution))
            {
                execution = console.InteractiveError
                    ? await WatchAsync(execution, began, limit, cancellationToken)
                    : await WaitAsync(execution, began, limit, LoggedSlice, e => console.Error.WriteLine(Markup.Remove(Describe(e, began))), cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await console.Error.WriteLineAsync($"Interrupted. The execution goes on; see it with: {See(execution)}");
            return ExitCodes.Interrupted;
        }

        return Report(execution, began, json);
    }

    private static bool HasEnded(Execution execution) => execution.Status?.Phase.IsTerminal() is true;

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static string See(Execution execution) => $"kontinue get executions {execution.Key.Name} -n {execution.Key.Namespace}";

    /// <summary>Waits under a tree that shows what goes on.</summary>
    private async Task<Execution> WatchAsync(Execution execution, long began, TimeSpan? limit, CancellationToken cancellationToken)
    {
        var tree = new ProgressTree(execution, console.Time);
        var changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        return await console.Progress().Live(tree.Render()).AutoClear(true).StartAsync(async context =>
        {
            await using var watcher = new ProgressWatcher(client, execution, tree, console.Time, Changed);
            Task painting = PaintAsync(context, tree, changes.Reader);
            try
            {
                return await WaitAsync(execution, began, limit, WatchedSlice, Seen, cancellationToken);
            }
            finally
            {
                changes.Writer.Complete();
                await painting;
            }
        });

        void Changed() => changes.Writer.TryWrite(true);

        void Seen(Execution e)
        {
            tree.UpdateRoot(e);
            Changed();
        }
    }

    /// <summary>Paints after changes, but not after each of many.</summary>
    private async Task PaintAsync(LiveDisplayContext context, ProgressTree tree, ChannelReader<bool> changes)
    {
        while (await changes.WaitToReadAsync())
        {
            changes.TryRead(out _);
            context.UpdateTarget(tree.Render());
            await Task.WhenAny(Task.Delay(PaintPause, console.Time), changes.Completion);
        }
    }

    private async Task<Execution> WaitAsync(
        Execution execution, long began, TimeSpan? limit, TimeSpan slice, Action<Execution> progress, CancellationToken cancellationToken)
    {
        long heard = console.Time.GetTimestamp();
        while (!HasEnded(execution))
        {
            TimeSpan left = limit is { } all ? all - console.Time.GetElapsedTime(began) : slice;
            if (left <= TimeSpan.Zero)
            {
                return execution;
            }

            try
            {
                execution = await client.WaitAsync(execution.Key, Least(slice, left), cancellationToken);
                heard = console.Time.GetTimestamp();
                if (!HasEnded(execution))
                {
                    progress(execution);
                }
            }
            catch (UnavailableException e) when (console.Time.GetElapsedTime(heard) < Patience)
            {
                if (!console.InteractiveError)
                {
                    await console.Error.WriteLineAsync($"waiting for the server: {e.Message}");
                }

                await Task.Delay(RetryPause, console.Time, cancellationToken);
            }
        }

        return execution;
    }

    private string Describe(Execution execution, long began)
    {
        ExecutionStatus? status = execution.Status;
        string what = status?.WaitingFor is { Count: > 0 } waits ? $", waits for {string.Join(", ", waits.Take(3).Select(w => $"{w.Kind} {w.Name}"))}" : "";
        string why = status?.Conditions is { Count: > 0 } conditions ? $": {conditions[0].Message}" : "";
        TimeSpan elapsed = TimeSpan.FromSeconds(Math.Floor(console.Time.GetElapsedTime(began).TotalSeconds));
        return Markup.Escape($"{execution.Metadata.Name} is {status?.Phase} after {Duration.Format(elapsed)}{what}{why}");
    }

    private int Report(Execution execution, long began, bool json)
    {
        ExecutionStatus status = execution.Status ?? new ExecutionStatus();
        switch (status.Phase)
        {
            case ExecutionPhase.Completed:
                JsonOutput.Write(console.Out, status.Result.IsNone ? JsonPayload.Null : status.Result, indented: json);
                break;
            case ExecutionPhase.Failed:
                console.Fail($"{execution.Key} failed ({status.Error?.Kind}): {status.Error?.Message}");
                break;
            case ExecutionPhase.Canceled or ExecutionPhase.Skipped:
                console.Fail($"{execution.Key} was {status.Phase.ToString().ToLowerInvariant()}.");
                break;
            default:
                console.Fail($"The wait is over, and {Markup.Remove(Describe(execution, began)).TrimEnd('.')}. It goes on; see it with: {See(execution)}");
                return ExitCodes.TimedOut;
        }

        return ExitCodes.Of(status.Phase);
    }
}
