using Kontinue.Engine.Replay;
using Kontinue.Engine.Telemetry;

namespace Kontinue.Engine.Runtime;

/// <summary>One attempt of a step.</summary>
internal sealed class StepWork(ExecutionRuntime runtime, FunctionRun run, Operation operation, RunTrace? trace, CancellationToken token) : IStepWork
{
    public async Task RunAsync()
    {
        if (!await runtime.MayRunStepsAsync().ConfigureAwait(false))
        {
            runtime.Post(new Input(InputKind.Drop));
            return;
        }

        var step = (IStepOperation)operation;
        System.Diagnostics.Activity? activity = trace?.BeginWork("step", operation.Key, step.FailedAttempts + 1);
        long began = runtime.Time.GetTimestamp();
        StepOutcome outcome = await StepOutcome.OfAsync(
            ct => step.RunAsync(runtime.Json, ct), operation.Key, step.Options.Timeout, runtime.Time, runtime.MaxPayloadBytes, token)
            .ConfigureAwait(false);
        RunTrace.EndWork(activity, outcome.Error);
        EngineTelemetry.StepEnded(runtime.Function, outcome, runtime.Time.GetElapsedTime(began));
        runtime.Post(new Input(InputKind.StepDone, run, operation, outcome), inline: true);
    }
}

/// <summary>One question of a poll.</summary>
internal sealed class PollWork(ExecutionRuntime runtime, FunctionRun run, Operation operation, RunTrace? trace, CancellationToken token) : IStepWork
{
    public async Task RunAsync()
    {
        if (!await runtime.MayRunStepsAsync().ConfigureAwait(false))
        {
            runtime.Post(new Input(InputKind.Drop));
            return;
        }

        var poll = (PollOperation)operation;
        System.Diagnostics.Activity? activity = trace?.BeginWork("poll", operation.Key, attempt: null);
        StepOutcome outcome = await StepOutcome.OfAsync(
            async ct => await poll.AskAsync(ct).ConfigureAwait(false) ? JsonPayload.Null : default,
            operation.Key, timeout: null, runtime.Time, runtime.MaxPayloadBytes, token).ConfigureAwait(false);
        RunTrace.EndWork(activity, outcome.Error);
        runtime.Post(new Input(InputKind.PollDone, run, operation, outcome), inline: true);
    }
}

/// <summary>How a piece of user code ended.</summary>
internal sealed record StepOutcome(JsonPayload Value, ExecutionError? Error, bool IsCanceled)
{
    public static async Task<StepOutcome> OfAsync(
        Func<CancellationToken, Task<JsonPayload>> body, string name, TimeSpan? timeout, TimeProvider time, int maxBytes,
        CancellationToken token)
    {
        if (token.IsCancellationRequested)
        {
            // It waited for its place while its execution ended or went to another owner.
            return new StepOutcome(default, null, IsCanceled: true);
        }

        CancellationTokenSource? attempt = timeout is null ? null : CancellationTokenSource.CreateLinkedTokenSource(token);
        Task<JsonPayload>? task = null;
        try
        {
            // A body that blocks must not keep its timeout from being watched.
            task = attempt is null ? body(token) : Task.Run(() => body(attempt.Token), CancellationToken.None);
            JsonPayload value = timeout is { } limit
                ? await task.WaitAsync(limit, time, CancellationToken.None).ConfigureAwait(false)
                : await task.ConfigureAwait(false);
            return value.Length <= maxBytes
                ? new StepOutcome(value, null, IsCanceled: false)
                : Failed(new PayloadTooLargeException($"The result of step '{name}'", value.Length, maxBytes, name), name);
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            return new StepOutcome(default, null, IsCanceled: true);
        }
        catch (TimeoutException) when (attempt is not null && task is { IsCompleted: false })
        {
            // Not awaited: a callback of user code may block or throw.
            CancellationTokenSource overrun = attempt;
            attempt = null;
            _ = overrun.CancelAsync().ContinueWith(
                static (task, state) =>
                {
                    _ = task.Exception;
                    ((CancellationTokenSource)state!).Dispose();
                },
                overrun, TaskScheduler.Default);
            return new StepOutcome(
                default,
                new ExecutionError(ErrorKind.Timeout, $"An attempt of step '{name}' took longer than {Duration.Format(timeout!.Value)}.", Retryable: true, name),
                IsCanceled: false);
        }
#pragma warning disable CA1031 // Whatever user code throws is its outcome.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return Failed(e, name);
        }
        finally
        {
            attempt?.Dispose();
        }
    }

    private static StepOutcome Failed(Exception exception, string name) =>
        new(default, ExecutionError.From(exception, name), IsCanceled: false);
}
