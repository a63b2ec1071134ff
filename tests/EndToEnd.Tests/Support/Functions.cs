using System.Collections.Concurrent;
using Kontinue.Engine.Hosting;

namespace Kontinue.EndToEnd.Tests.Support;

/// <summary>What the tests run.</summary>
internal static class Functions
{
    private static readonly ConcurrentDictionary<Guid, int> StepRuns = new();

    /// <summary>How often the step of an execution of <c>greet</c> has run.</summary>
    public static int RunsOf(Guid uid) => StepRuns.GetValueOrDefault(uid);

    public static void Register(KontinueBuilder builder) => builder
        .AddFunction<Greeting, string>("greet", GreetAsync)
        .AddFunction<Size, string>("large", (_, size) => Task.FromResult(new string('x', size.Length)))
        .AddFunction("approval", ApprovalAsync)
        .AddFunction("news", NewsAsync);

    private static Task<string> GreetAsync(KontinueContext ktx, Greeting greeting)
    {
        Guid uid = ktx.Execution.Uid;
        return ktx.Step("greet", () =>
        {
            StepRuns.AddOrUpdate(uid, 1, (_, runs) => runs + 1);
            return $"{greeting.Name} {greeting.Times}";
        });
    }

    public static async Task<string> ApprovalAsync(KontinueContext ktx)
    {
        Answer answer = await ktx.Suspend<Answer>("gate", description: "Open the gate?");
        return $"opened by {answer.By}";
    }

    private static async Task<string> NewsAsync(KontinueContext ktx)
    {
        string first = await ktx.Event<string>("news");
        return $"{first}, {await ktx.Event<string>("news")}";
    }

    private sealed record Greeting(string Name, int Times);

    private sealed record Size(int Length);

    private sealed record Answer(string By);
}
