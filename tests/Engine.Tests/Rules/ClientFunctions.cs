using System.Collections.Concurrent;
using Kontinue.Engine.Hosting;

namespace Kontinue.Client.Rules;

/// <summary>What the rules of clients run.</summary>
internal static class ClientFunctions
{
    /// <summary>The executions of <c>breaks</c> that do so no more.</summary>
    private static readonly ConcurrentDictionary<ExecutionKey, bool> Mended = new();

    public static void AddTo(KontinueBuilder kontinue)
    {
        kontinue.AddFunction("echo", (KontinueContext _, Given given) => Task.FromResult(given.Value));
        kontinue.AddFunction("nothing", (KontinueContext _) => Task.CompletedTask);
        kontinue.AddFunction("asks", async (KontinueContext ktx) => await ktx.Suspend<string>("approval"));
        kontinue.AddFunction("listens", async (KontinueContext ktx) => new[] { await ktx.Event<int>("number"), await ktx.Event<int>("number") });
        kontinue.AddFunction("breaks", (KontinueContext ktx) => Mended.ContainsKey(ktx.Execution.Key)
            ? Task.FromResult("mended")
            : Task.FromException<string>(new NonRetryableException("It is broken.")));
        kontinue.AddFunction("steps", async (KontinueContext ktx) =>
        {
            for (int i = 0; i < 5; i++)
            {
                await ktx.Step("one", _ => Task.FromResult(i));
            }
        });
    }

    public static void Mend(ExecutionKey key) => Mended[key] = true;

    internal sealed record Given(string? Value);
}
