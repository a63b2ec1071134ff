namespace Kontinue.Engine.Tests.Histories;

/// <summary>
/// The code that made the journals beside it. It must stay as it is: a journal that cannot be replayed any more is a broken promise to
/// everybody who has executions in flight. For new behaviour add a function and a journal.
/// </summary>
internal static class HistoryFunctions
{
    public static readonly IReadOnlyDictionary<string, Delegate> All = new Dictionary<string, Delegate>
    {
        ["order"] = OrderAsync,
        ["family"] = FamilyAsync,
        ["canceled"] = CanceledAsync,
        ["child"] = (KontinueContext _) => "child",
        ["bad-child"] = Task (KontinueContext _) => throw new NonRetryableException("broken"),
    };

    private static async Task<string> OrderAsync(KontinueContext ktx)
    {
        Guid id = ktx.NewGuid();
        Guid remembered = await ktx.Step("id", () => id);
        Task<int> slow = ktx.Step("slow", () => ktx.Attempt == 1 ? throw new InvalidOperationException("not yet") : 1,
            new StepOptions { Retry = RetryPolicy.Constant(2, TimeSpan.FromMinutes(1)) });
        Task sleep = ktx.Sleep(TimeSpan.FromSeconds(1));
        bool slept = await Task.WhenAny(slow, sleep) == sleep;
        await ktx.Poll("ready", _ => Task.FromResult(true), TimeSpan.FromSeconds(1));
        string late = "";
        try
        {
            await ktx.Event<string>("never", TimeSpan.FromSeconds(1));
        }
        catch (DurableTimeoutException)
        {
            late = "late";
        }

        return $"{id == remembered} {slept} {late} {await slow} {ktx.Random.Next(1000)} {await ktx.Event<string>("hello")} {ktx.UtcNow:O}";
    }

    private static async Task<string> FamilyAsync(KontinueContext ktx)
    {
        string[] children = await Task.WhenAll(ktx.Execute<string>("child"), ktx.Spawn<string>("child").Result);
        string failure = "";
        try
        {
            await ktx.Execute("bad-child");
        }
        catch (ChildFailedException e)
        {
            failure = e.Error.Message;
        }

        return $"{string.Join(",", children)} {failure} {await ktx.Suspend<string>("größe")}";
    }

    private static async Task<string> CanceledAsync(KontinueContext ktx)
    {
        try
        {
            await ktx.Suspend("gate");
        }
        catch (OperationCanceledException)
        {
            return await ktx.Step("clean-up", () => "clean");
        }

        return "not canceled";
    }
}
