using Kontinue.Engine.Hosting;

namespace Kontinue.Hosting.Conformance;

/// <summary>The functions of the rules. A silo has all of them, in whichever process it is; what they do they note in a ledger.</summary>
public sealed class RuleFunctions(ILedger ledger)
{
    public const string AddOne = "add-one";
    public const string ThreeSteps = "three-steps";
    public const string Parent = "parent";
    public const string Sleeper = "sleeper";
    public const string Apart = "apart";
    public const string OneEvent = "one-event";
    public const string TwoEvents = "two-events";
    public const string Approval = "approval";
    public const string Mended = "mended";
    public const string Blocking = "blocking";
    public const string OneStep = "one-step";
    public const string Between = "between";
    public const string SlowSecond = "slow-second";
    public const string SlowFirst = "slow-first";
    public const string FirstOnce = "first-once";
    public const string Inside = "inside";
    public const string Limited = "limited";

    /// <summary>The most of <see cref="Limited"/> at once.</summary>
    public const int Limit = 3;

    /// <summary>What slow steps wait for; and with it what has failed is mended.</summary>
    public const string Gate = "gate";

    private const string Child = "child";
    private const string Go = "go";

    public sealed record Given(int Number);

    public void AddTo(KontinueBuilder kontinue)
    {
        ArgumentNullException.ThrowIfNull(kontinue);
        kontinue
            .AddFunction(AddOne, (KontinueContext _, Given given) => Task.FromResult(given.Number + 1))
            .AddFunction(ThreeSteps, SumAsync)
            .AddFunction(Parent, async (KontinueContext ktx) => (await Task.WhenAll(Enumerable.Range(0, 20).Select(i => ktx.Execute<int>(Child, i)))).Sum())
            .AddFunction(Child, (KontinueContext ktx, int i) => ktx.Step("s", () => i))
            .AddFunction(Sleeper, async (KontinueContext ktx) =>
            {
                await ktx.Sleep(TimeSpan.FromMilliseconds(500));
                return 1;
            })
            .AddFunction(Apart, SleepBetweenAsync)
            .AddFunction(OneEvent, (KontinueContext ktx) => ktx.Event<int>(Go))
            .AddFunction(TwoEvents, async (KontinueContext ktx) => new[] { await ktx.Event<int>(Go), await ktx.Event<int>(Go) })
            .AddFunction(Approval, (KontinueContext ktx) => ktx.Suspend<int>("approval"))
            .AddFunction(Mended, FailUntilMendedAsync)
            .AddFunction(Blocking, (KontinueContext ktx) => ktx.Step("s", Block))
            .AddFunction(OneStep, (KontinueContext ktx) => NoteAsync(ktx, "s"))
            .AddFunction(Between, WaitBetweenAsync)
            .AddFunction(SlowSecond, EndSlowlyAsync)
            .AddFunction(SlowFirst, BeginSlowlyAsync)
            .AddFunction(FirstOnce, TellWhoBeganAsync)
            .AddFunction(Inside, StayInsideAsync)
            .AddFunction(Limited, StayInsideAsync, f => f.Concurrency.Limit = Limit);
    }

    private Task<int> NoteAsync(KontinueContext ktx, string step) => ktx.Step(step, () => ledger.NoteAsync(ktx.Execution.Key.Name, step));

    private async Task<int> SumAsync(KontinueContext ktx)
    {
        int sum = 0;
        for (int i = 1; i <= 3; i++)
        {
            sum += await ktx.Step($"s{i}", async () => await ledger.NoteAsync(ktx.Execution.Key.Name, "s") * 10);
        }

        return sum;
    }

    private async Task<int> FailUntilMendedAsync(KontinueContext ktx)
    {
        await NoteAsync(ktx, "first");
        return await ktx.Step("second", async () => await ledger.IsOpenAsync(Gate) ? 2 : throw new NonRetryableException("Not yet."));
    }

    /// <summary>Tells which runs of its steps are those that count: there must be none behind them.</summary>
    private async Task<int[]> SleepBetweenAsync(KontinueContext ktx)
    {
        int first = await NoteAsync(ktx, "first");
        await ktx.Sleep(TimeSpan.FromSeconds(1));
        return [first, await NoteAsync(ktx, "second")];
    }

    /// <summary>Keeps a thread for itself.</summary>
    private int Block()
    {
        ledger.EnterAsync().GetAwaiter().GetResult();
        ledger.WhenOpenAsync(Gate).GetAwaiter().GetResult();
        return 1;
    }

    private async Task<int> WaitBetweenAsync(KontinueContext ktx)
    {
        await NoteAsync(ktx, "first");
        await ktx.Event<int>(Go);
        await NoteAsync(ktx, "second");
        return 2;
    }

    private async Task<int> EndSlowlyAsync(KontinueContext ktx)
    {
        await NoteAsync(ktx, "first");
        return await ktx.Step("second", async () =>
        {
            await ledger.NoteAsync(ktx.Execution.Key.Name, "second");
            await ledger.WhenOpenAsync(Gate);
            return 2;
        });
    }

    private async Task<int> BeginSlowlyAsync(KontinueContext ktx)
    {
        int runs = await ktx.Step("slow", async () =>
        {
            int now = await ledger.NoteAsync(ktx.Execution.Key.Name, "slow");
            await ledger.WhenOpenAsync(Gate);
            return now;
        });
        await ktx.Event<int>(Go);
        return runs;
    }

    private async Task<string> TellWhoBeganAsync(KontinueContext ktx)
    {
        string by = await ktx.Step("first", async () =>
        {
            if (await ledger.NoteAsync(ktx.Execution.Key.Name, "first") > 1)
            {
                return "new";
            }

            await ledger.WhenOpenAsync(Gate);
            return "old";
        });
        await NoteAsync(ktx, "second");
        return by;
    }

    private Task<int> StayInsideAsync(KontinueContext ktx) => ktx.Step("s", async cancellationToken =>
    {
        await ledger.EnterAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
        await ledger.LeaveAsync();
        return 1;
    });
}
