using Kontinue.Engine.Hosting;

namespace Kontinue.Load;

/// <summary>The functions that are run.</summary>
internal static class LoadFunctions
{
    public const string Noop = "noop";
    public const string Fails = "fails";
    public const string Steps3 = "steps3";
    public const string Children5 = "children5";
    public const string Sleeper = "sleeper";
    public const string Long = "long";
    public const string Suspended = "suspended";

    public static void AddTo(KontinueBuilder builder, WakeLog wakes) => builder
        .AddFunction(Noop, (KontinueContext _) => Task.CompletedTask)
        .AddFunction(Fails, (KontinueContext _) => Task.FromException(new NonRetryableException("This function always fails.")))
        .AddFunction(Steps3, RunSteps3Async)
        .AddFunction(Children5, RunChildren5Async)
        .AddFunction(Long, RunLongAsync)
        .AddFunction(Suspended, (KontinueContext ktx) => ktx.Suspend("gate"))
        .AddFunction(Sleeper, async (KontinueContext ktx, SleeperArguments args) =>
        {
            TimeSpan rest = args.Due - ktx.UtcNow;
            await ktx.Sleep(rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
            wakes.Record(args.Index, args.Due);
        });

    private static async Task<int> RunSteps3Async(KontinueContext ktx)
    {
        int a = await ktx.Step("a", () => 1);
        int b = await ktx.Step("b", () => a + 1);
        return await ktx.Step("c", () => b + 1);
    }

    private static async Task<int> RunChildren5Async(KontinueContext ktx)
    {
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ktx.Execute(Noop)));
        return 5;
    }

    private static async Task<int> RunLongAsync(KontinueContext ktx, LongArguments args)
    {
        int sum = 0;
        for (int i = 0; i < args.Steps; i++)
        {
            sum += await ktx.Step("step", () => 1);
        }

        return sum;
    }
}

internal sealed record LongArguments(int Steps);

internal sealed record SleeperArguments(int Index, DateTimeOffset Due);

/// <summary>When each sleeper woke, by the real clock.</summary>
internal sealed class WakeLog
{
    private TimeSpan[] _late = [];
    private int _awake;

    public int Awake => Volatile.Read(ref _awake);

    public IReadOnlyList<TimeSpan> Late => _late;

    public void Reset(int count)
    {
        _late = new TimeSpan[count];
        _awake = 0;
    }

    public void Record(int index, DateTimeOffset due)
    {
        _late[index] = TimeProvider.System.GetUtcNow() - due;
        Interlocked.Increment(ref _awake);
    }
}
