using Kontinue.Engine.Hosting;

namespace Kontinue.Crash.Host;

/// <summary>Functions whose every step leaves a line in the step log, and whose results are known beforehand.</summary>
internal sealed class HostFunctions(StepLog log)
{
    public const string Steps = "steps";
    public const string Sleeper = "sleeper";
    public const string Parent = "parent";
    public const string StepRetry = "step-retry";
    public const string ExecutionRetry = "execution-retry";
    public const string Events = "events";
    public const string Approval = "approval";
    public const string Race = "race";
    public const string SlowStep = "slow-step";
    public const string Job = "job";

    /// <summary>The attempt of <see cref="ExecutionRetry"/> that succeeds.</summary>
    public const int SuccessfulAttempt = 3;

    /// <summary>How often the step of <see cref="StepRetry"/> may be tried. It never succeeds.</summary>
    public const int StepAttempts = 3;

    public void AddTo(KontinueBuilder builder) => builder
        .AddFunction<CountArguments, int>(Steps, RunStepsAsync)
        .AddFunction<CountArguments, int>(Sleeper, RunSleeperAsync)
        .AddFunction<CountArguments, int>(Parent, RunParentAsync)
        .AddFunction<CountArguments, string>(StepRetry, RunStepRetryAsync)
        .AddFunction<CountArguments, int>(ExecutionRetry, RunExecutionRetryAsync, f => f.Retry = RetryPolicy.Constant(5, TimeSpan.FromMilliseconds(40)))
        .AddFunction<CountArguments, int[]>(Events, RunEventsAsync)
        .AddFunction<CountArguments, string>(Approval, RunApprovalAsync)
        .AddFunction<CountArguments, string>(Race, RunRaceAsync)
        .AddFunction<CountArguments, string>(SlowStep, RunSlowStepAsync)
        .AddFunction<JobArguments, string>(Job, RunJobAsync);

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

    private async Task<int> RunSleeperAsync(KontinueContext ktx, CountArguments args)
    {
        int before = await StepAsync(ktx, "before", 1);
        await ktx.Sleep(TimeSpan.FromMilliseconds(args.Count));
        return before + await StepAsync(ktx, "after", 1);
    }

    private async Task<int> RunParentAsync(KontinueContext ktx, CountArguments args)
    {
        int[] results = await Task.WhenAll(
            Enumerable.Range(1, args.Count).Select(i => ktx.Execute<int>(Steps, new CountArguments(i))));
        return results.Sum() + await StepAsync(ktx, "sum", 0);
    }

    private async Task<string> RunStepRetryAsync(KontinueContext ktx, CountArguments args)
    {
        var options = new StepOptions { Retry = RetryPolicy.Constant(StepAttempts, TimeSpan.FromMilliseconds(args.Count)) };
        try
        {
            await ktx.Step<int>("fails", _ =>
            {
                log.Add(ktx.Execution.Name, "fails", 0);
                throw new InvalidOperationException("It always does.");
            }, options);
        }
        catch (StepFailedException failure)
        {
            await StepAsync(ktx, "after", 1);
            return failure.Message;
        }

        return "succeeded";
    }

    private async Task<int> RunExecutionRetryAsync(KontinueContext ktx, CountArguments args)
    {
        int attempt = ktx.Attempt;
        await StepAsync(ktx, $"attempt-{attempt}", attempt);
        return attempt >= SuccessfulAttempt ? attempt : throw new InvalidOperationException($"Attempt {attempt} fails.");
    }

    private async Task<int[]> RunEventsAsync(KontinueContext ktx, CountArguments args)
    {
        var seen = new List<int>();
        while (seen.Count == 0 || seen[^1] != args.Count)
        {
            int number = await ktx.Event<int>("number");
            seen.Add(number);
            await StepAsync(ktx, $"took-{seen.Count}", number);
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

    private async Task<string> RunRaceAsync(KontinueContext ktx, CountArguments args)
    {
        Task<int> step = StepAsync(ktx, "runner", 1);
        Task sleep = ktx.Sleep(TimeSpan.FromMilliseconds(args.Count));
        bool stepWon = await Task.WhenAny(step, sleep) == step;
        string winner = stepWon ? "step" : "sleep";
        await StepAsync(ktx, $"{winner}-won", 1);
        await Task.WhenAll(step, sleep);
        return winner;
    }

    private Task<string> RunSlowStepAsync(KontinueContext ktx, CountArguments args) => ktx.Step("slow", async _ =>
    {
        log.Add(ktx.Execution.Name, "slow", 1);
        await Task.Delay(TimeSpan.FromMilliseconds(args.Count), TimeProvider.System, CancellationToken.None);
        log.Add(ktx.Execution.Name, "slow-done", 1);
        return "done";
    });

    private static async Task<string> RunJobAsync(KontinueContext ktx, JobArguments args)
    {
        JobResult result = await ktx.RunJob("work", new JobSpec
        {
            Image = "none",
            Command = ["sh", "-c", "echo $NAME >> \"$LOG\"; sleep $TIME; echo done"],
            Env = new Dictionary<string, string> { ["NAME"] = ktx.Execution.Name, ["LOG"] = args.Log, ["TIME"] = args.Seconds.ToString() },
        });
        return string.Join(' ', result.LogLines);
    }

    private Task<int> StepAsync(KontinueContext ktx, string name, int value)
    {
        string execution = ktx.Execution.Name;
        int attempt = ktx.Attempt;
        return ktx.Step(name, () =>
        {
            log.Add(execution, name, attempt);
            return value;
        });
    }
}

/// <summary>A job: the file to which it adds a line, and how long it takes then.</summary>
internal sealed record JobArguments(string Log, double Seconds);

/// <summary>One number: steps, children, milliseconds or events, as the function has it.</summary>
internal sealed record CountArguments(int Count);
