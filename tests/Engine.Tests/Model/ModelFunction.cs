using System.Collections.Concurrent;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Kontinue.Engine.Tests.Model;

/// <summary>The process that a silo lives in: when it is dead, nothing in it goes on.</summary>
internal sealed class Life : IDisposable
{
    private readonly TaskCompletionSource _never = new();

    public volatile bool IsOver;

    /// <summary>After a clean stop: steps that outlived the grace period are not waited for.</summary>
    public void Dispose() => IsOver = true;

    public Task StopIfOver() => IsOver ? _never.Task : Task.CompletedTask;
}

/// <summary>Runs random programs, and watches that no step runs again once it is committed.</summary>
internal sealed class ModelFunction(IExecutionStore store)
{
    public const string Name = "model";

    private static readonly StepOptions ManyTries = new() { Retry = RetryPolicy.Constant(1000, TimeSpan.FromMilliseconds(1)) };
    private readonly ConcurrentDictionary<string, int> _runs = new();

    public ConcurrentQueue<string> Violations { get; } = new();

    public async Task<long> RunAsync(KontinueContext ktx, ProgramSeed program, IServiceProvider services)
    {
        var life = services.GetRequiredService<Life>();
        long sum = program.Seed;
        foreach (Op op in RandomProgram.Make(program))
        {
            sum = RandomProgram.Mix(sum, await DoAsync(ktx, op, program.Depth, life));
        }

        return sum;
    }

    private async Task<long> DoAsync(KontinueContext ktx, Op op, int depth, Life life)
    {
        string name = $"{op.Kind}-{op.Id}";
        switch (op.Kind)
        {
            case OpKind.Sleep:
                await ktx.Sleep(TimeSpan.FromMilliseconds(op.Value % 4), name);
                return 1;
            case OpKind.Event:
                return await ktx.Event<long>("e");
            case OpKind.Child:
                return await ktx.Execute<long>(Name, new ProgramSeed(op.Value, depth + 1));
            case OpKind.Retried:
                return await ktx.Step(name, () => BodyAsync(ktx.Execution, name, op.Value, life, failures: 2), ManyTries);
            case OpKind.Caught:
                return await CatchAsync(ktx, name, op.Value);
            case OpKind.FailOnce:
                return ktx.Attempt == 1 ? throw new InvalidOperationException("once") : 1;
            case OpKind.Parallel:
                return (await Task.WhenAll(op.Parts.Select(part => DoAsync(ktx, part, depth, life)))).Sum();
            case OpKind.Race:
                return await RaceAsync(ktx, op, depth, life);
            default:
                return await ktx.Step(name, () => BodyAsync(ktx.Execution, name, op.Value, life, failures: 0));
        }
    }

    private static async Task<long> CatchAsync(KontinueContext ktx, string name, int value)
    {
        try
        {
            return await ktx.Step(name, Task<long> () => throw new NonRetryableException("always"));
        }
        catch (StepFailedException)
        {
            return value;
        }
    }

    private async Task<long> RaceAsync(KontinueContext ktx, Op op, int depth, Life life)
    {
        Task<long>[] all = [.. op.Parts.Select(part => DoAsync(ktx, part, depth, life))];
        int winner = Array.IndexOf(all, await Task.WhenAny(all));
        int remembered = await ktx.Step($"winner-{op.Id}-{ktx.Attempt}", () => winner);
        if (remembered != winner)
        {
            Violations.Enqueue($"{ktx.Execution.Key}: race {op.Id} was won by {remembered}, and on replay by {winner}");
        }

        return (await Task.WhenAll(all)).Sum();
    }

    private async Task<long> BodyAsync(ExecutionInfo execution, string step, int value, Life life, int failures)
    {
        await life.StopIfOver();
        foreach (JournalRecord record in await store.ReadJournalAsync(execution.Uid, 0, 10_000, CancellationToken.None))
        {
            if (JournalCodec.Read(record).Any(e => e.Kind == EntryKind.StepCompleted && e.Operation == step))
            {
                await life.StopIfOver();
                Violations.Enqueue($"{execution.Key}: step {step} ran again after its commit");
            }
        }

        await Task.Yield();
        await life.StopIfOver();
        return _runs.AddOrUpdate($"{execution.Uid} {step}", 1, (_, runs) => runs + 1) <= failures
            ? throw new InvalidOperationException("not yet")
            : value;
    }
}
