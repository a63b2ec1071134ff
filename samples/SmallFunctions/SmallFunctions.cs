using System.Globalization;
using Kontinue.Engine.Hosting;

namespace Kontinue.Samples.Small;

/// <summary>Small functions to try things with; the development server has them, and other servers on demand.</summary>
public static class SmallFunctions
{
    /// <summary>Registers all of them.</summary>
    public static KontinueBuilder Register(KontinueBuilder builder) => builder
        .AddFunction<HelloArguments, string>("hello", HelloAsync, f => f.Description = "Greets: {\"name\": \"...\"}")
        .AddFunction<HelloArguments, string>("hello-worker", HelloWorkerAsync, f => f.Description = "Greets in two steps with a sleep between: {\"name\": \"...\"}")
        .AddFunction("noop", static () => { }, f => f.Description = "Does nothing")
        .AddFunction<SleepArguments>("sleep", SleepAsync, f => f.Description = "Sleeps: {\"for\": \"10s\"}")
        .AddFunction("approval", ApprovalAsync, f => f.Description = "Waits for a resume of its suspension 'approval' and returns the payload")
        .AddFunction<CountArguments, string>("count-job", CountJobAsync, f => f.Description = "Counts seconds in a job outside of the process: {\"seconds\": 5}")
        .AddFunction<FailArguments>("fail", FailAsync, f => f.Description = "Fails: {\"message\": \"...\"}");

    private static Task<string> HelloAsync(KontinueContext ktx, HelloArguments args) =>
        ktx.Step("greet", () => $"Hello, {args.Name}!");

    private static async Task<string> HelloWorkerAsync(KontinueContext ktx, HelloArguments args)
    {
        string greeting = await ktx.Step("greet", () => $"Hello, {args.Name}!");
        await ktx.Sleep(TimeSpan.FromSeconds(5));
        return await ktx.Step("part", () => $"{greeting} Goodbye, {args.Name}!");
    }

    private static async Task SleepAsync(KontinueContext ktx, SleepArguments args)
    {
        if (!Duration.TryParse(args.For, out TimeSpan time))
        {
            throw new NonRetryableException($"'{args.For}' is not a duration, such as 10s.");
        }

        await ktx.Sleep(time);
    }

    private static Task<ApprovalAnswer> ApprovalAsync(KontinueContext ktx) =>
        ktx.Suspend<ApprovalAnswer>("approval", description: "Resume with {\"approved\": true, \"by\": \"...\"}.");

    // The script is fixed and what comes from outside is a number: whoever may start functions may not run programs of their own.
    private static async Task<string> CountJobAsync(KontinueContext ktx, CountArguments args)
    {
        JobResult result = await ktx.RunJob("count", new JobSpec
        {
            Image = "busybox:1.37",
            Command = ["sh", "-c", "i=0; while test $i -lt $SECONDS_TO_COUNT; do sleep 1; i=$((i + 1)); echo $i; done"],
            Env = new Dictionary<string, string>(StringComparer.Ordinal) { ["SECONDS_TO_COUNT"] = args.Seconds.ToString(CultureInfo.InvariantCulture) },
            ActiveDeadline = TimeSpan.FromHours(1),
        });
        return string.Join(' ', result.LogLines);
    }

    private static Task FailAsync(KontinueContext ktx, FailArguments args) => throw new NonRetryableException(args.Message);

    private sealed record HelloArguments
    {
        public string Name { get; init; } = "world";
    }

    private sealed record SleepArguments
    {
        public string For { get; init; } = "10s";
    }

    private sealed record CountArguments
    {
        public int Seconds { get; init; } = 5;
    }

    private sealed record FailArguments
    {
        public string Message { get; init; } = "It failed, as it was asked to.";
    }

    private sealed record ApprovalAnswer(bool Approved, string? By);
}
