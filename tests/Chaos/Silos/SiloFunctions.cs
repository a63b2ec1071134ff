using Kontinue.Engine.Hosting;

namespace Kontinue.Chaos.Silos;

/// <summary>Functions whose every step body leaves a line, and whose results are known beforehand.</summary>
internal sealed class SiloFunctions(BodyLog log)
{
    public const string Steps = "steps";
    public const string Parent = "parent";
    public const string Sleeper = "sleeper";
    public const string Events = "events";
    public const string Approval = "approval";
    public const string StepRetry = "step-retry";
    public const string ExecutionRetry = "execution-retry";
    public const string Rounds = "rounds";
    public const string Endless = "endless";
    public const string Family = "family";
    public const string Guarded = "guarded";
    public const string Limited = "limited";
    public const string Keyed = "keyed";

    /// <summary>The attempt of <see cref="ExecutionRetry"/> that succeeds.</summary>
    public const int SuccessfulAttempt = 3;

    /// <summary>How often the step of <see cref="StepRetry"/> may be tried. It never succeeds.</summary>
    public const int StepAttempts = 3;

    /// <summary>How many of <see cref="Limited"/> may be under way at once.</summary>
    public const int FunctionLimit = 2;

    /// <summary>How many of <see cref="Keyed"/> with one key may be under way at once.</summary>
    public const int KeyLimit = 2;

    private const int LongBodyMs = 40;

    public void AddTo(KontinueBuilder builder) => builder
        .AddFunction<CountArguments, int>(Steps, RunStepsAsync)
        .AddFunction<CountArguments, int>(Parent, RunParentAsync)
        .AddFunction<CountArguments, int>(Sleeper, RunSleeperAsync)
        .AddFunction<CountArguments, int[]>(Events, RunEventsAsync)
        .AddFunction<CountArguments, string>(Approval, RunApprovalAsync)
        .AddFunction<CountArguments, int>(StepRetry, RunStepRetryAsync)
        .AddFunction<CountArguments, int>(
            ExecutionRetry, RunExecutionRetryAsync, f => f.Retry = RetryPolicy.Constant(SuccessfulAttempt, TimeSpan.FromMilliseconds(50)))
        .AddFunction<RoundArguments, int>(Rounds, RunRoundAsync)
        .AddFunction<CountArguments, int>(Endless, RunEndlessAsync)
        .AddFunction<CountArguments, int>(Family, RunFamilyAsync)
        .AddFunction<CountArguments, int>(Guarded, RunSleeperAsync)
        .AddFunction<CountArguments, int>(Limited, RunSleeperAsync, f => f.Concurrency.Limit = FunctionLimit)
        .AddFunction<CountArguments, int>(Keyed, RunSleeperAsync, f => f.Concurrency.KeyLimit = KeyLimit);

    /// <summary>What <see cref="Steps"/> returns.</summary>
    public static int SumOfSquares(int count) => Enumerable.Range(0, count).Sum(i => i * i);

    private async Task<int> RunStepsAsync(KontinueContext ktx, CountArguments args)
    {
        int sum = 0;
        for (int i = 0; i < args.Count; i++)
        {
            sum += await StepAsync(ktx, $"square-{i}", i * i);
        }

        return sum;
    }

    private async Task<int> RunParentAsync(KontinueContext ktx, CountArguments args)
    {
        int[] results = await Task.WhenAll(
            Enumerable.Range(1, args.Count).Select(i => ktx.Execute<int>(Steps, new CountArguments(i + 1))));
        return await StepAsync(ktx, "sum", results.Sum());
    }

    private async Task<int> RunSleeperAsync(KontinueContext ktx, CountArguments args)
    {
        int before = await StepAsync(ktx, "before", 1);
        await ktx.Sleep(TimeSpan.FromMilliseconds(args.Count));
        return before + await StepAsync(ktx, "after", 1);
    }

    private async Task<int[]> RunEventsAsync(KontinueContext ktx, CountArguments args)
    {
        var seen = new List<int>();
        // Until each was there: the last one may come before another.
        while (seen.Distinct().Count() < args.Count)
        {
            seen.Add(await ktx.Event<int>("number"));
            await StepAsync(ktx, $"took-{seen.Count}", seen[^1]);
        }

        return [.. seen];
    }

    private async Task<string> RunApprovalAsync(KontinueContext ktx, CountArguments args)
    {
        await StepAsync(ktx, "before", 1);
        string who = await ktx.Suspend<string>("approval");
        await StepAsync(ktx, "after", 1);
        return who;
    }

    private async Task<int> RunStepRetryAsync(KontinueContext ktx, CountArguments args)
    {
        var options = new StepOptions { Retry = RetryPolicy.Constant(StepAttempts, TimeSpan.FromMilliseconds(args.Count)) };
        try
        {
            return await StepAsync(ktx, "fails", 0, options, fails: true);
        }
        catch (StepFailedException)
        {
            return await StepAsync(ktx, "after", args.Count);
        }
    }

    private async Task<int> RunExecutionRetryAsync(KontinueContext ktx, CountArguments args)
    {
        int attempt = ktx.Attempt;
        await StepAsync(ktx, $"attempt-{attempt}", attempt);
        return attempt >= SuccessfulAttempt ? attempt : throw new InvalidOperationException($"Attempt {attempt} fails.");
    }

    private async Task<int> RunRoundAsync(KontinueContext ktx, RoundArguments args)
    {
        int sum = args.Sum + await StepAsync(ktx, $"round-{args.Round}", args.Round);
        return args.Round == args.Count ? sum : throw ktx.ContinueAsNew(args with { Round = args.Round + 1, Sum = sum });
    }

    private async Task<int> RunEndlessAsync(KontinueContext ktx, CountArguments args)
    {
        await StepAsync(ktx, "before", 1);
        await ktx.Suspend("never");
        return await StepAsync(ktx, "after", 1);
    }

    private static Task<int> RunFamilyAsync(KontinueContext ktx, CountArguments args) => ktx.Execute<int>(Endless, args);

    private async Task<int> StepAsync(KontinueContext ktx, string name, int value, StepOptions? options = null, bool fails = false)
    {
        Guid uid = ktx.Execution.Uid;
        int attempt = ktx.Attempt;
        StepValue result = await ktx.Step(name, async _ =>
        {
            string body = log.Begin(uid, name, attempt);
            if (Random.Shared.Next(4) == 0)
            {
                // Some are under way when their process is stopped. Nobody calls them off.
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, LongBodyMs)), TimeProvider.System, CancellationToken.None);
            }

            return fails ? throw new InvalidOperationException("It always does.") : new StepValue(value, body);
        }, options);
        return result.Value;
    }
}

/// <summary>One number: steps, children, milliseconds or events, as the function has it.</summary>
internal sealed record CountArguments(int Count);

/// <summary>Which round of how many, and the sum of those before.</summary>
internal sealed record RoundArguments(int Count, int Round = 1, int Sum = 0);

/// <summary>A step's result: its value, and the body that made it.</summary>
internal sealed record StepValue(int Value, string Body);
