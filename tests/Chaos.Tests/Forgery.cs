using Kontinue.Chaos.Evidence;
using Kontinue.Chaos.Faults;
using Kontinue.Chaos.Rules;
using Kontinue.Chaos.Silos;
using Kontinue.Chaos.Work;

namespace Kontinue.Chaos.Tests;

/// <summary>Evidence of a clean run, to be tampered with: each test changes one thing and says which rule must see it.</summary>
internal static class Forgery
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly Guid Steps = new("00000000-0000-0000-0000-000000000001");
    public static readonly Guid Parent = new("00000000-0000-0000-0000-000000000002");
    public static readonly Guid Child = new("00000000-0000-0000-0000-000000000003");
    public static readonly Guid Guarded = new("00000000-0000-0000-0000-000000000004");
    public static readonly Guid Other = new("00000000-0000-0000-0000-000000000005");
    public static readonly Guid Events = new("00000000-0000-0000-0000-000000000006");
    public static readonly Guid Rounds = new("00000000-0000-0000-0000-000000000007");
    public static readonly Guid Retry = new("00000000-0000-0000-0000-000000000008");
    public const string Silo = "silo-1:10";
    public const string OtherSilo = "silo-2:20";
    public const string Door = "mutex/default/door";

    /// <summary>A run in which all is as it must be: of each kind of work one, two of them behind one door.</summary>
    public static ChaosEvidence Clean()
    {
        BodyRun[] bodies =
        [
            Body(1, 1, Steps, "square-0"), Body(3, 2, Steps, "square-1"),
            Body(1, 3, Child, "square-0"), Body(3, 4, Child, "square-1"), Body(7, 5, Parent, "sum"),
            Body(11, 6, Guarded, "before"), Body(15, 7, Guarded, "after"),
            Body(21, 8, Other, "before"), Body(25, 9, Other, "after"),
            Body(31, 10, Events, "took-1"), Body(33, 11, Events, "took-2"),
            Body(41, 12, Rounds, "round-1"), Body(43, 13, Rounds, "round-2"),
            Body(51, 14, Retry, "attempt-1"), Body(53, 15, Retry, "attempt-2"), Body(55, 16, Retry, "attempt-3"),
        ];
        return new ChaosEvidence
        {
            Work =
            [
                Item("one", SiloFunctions.Steps, 2), Item("two", SiloFunctions.Parent, 1), Item("three", SiloFunctions.Guarded, 5, "door"),
                Item("four", SiloFunctions.Guarded, 5, "door"), Item("five", SiloFunctions.Events, 2), Item("six", SiloFunctions.Rounds, 2),
                Item("seven", SiloFunctions.ExecutionRetry, 0),
            ],
            Executions =
            [
                Row(Steps, "one", SiloFunctions.Steps, "1", 2), Row(Parent, "two", SiloFunctions.Parent, "1", 2),
                Row(Child, "two-steps", SiloFunctions.Steps, "1", 2) with { ParentUid = Parent },
                Row(Guarded, "three", SiloFunctions.Guarded, "2", 2), Row(Other, "four", SiloFunctions.Guarded, "2", 2),
                Row(Events, "five", SiloFunctions.Events, "[1,2]", 2), Row(Rounds, "six", SiloFunctions.Rounds, "3", 4),
                Row(Retry, "seven", SiloFunctions.ExecutionRetry, "3", 5) with { Attempts = 3 },
            ],
            Bodies = bodies,
            Journal =
            [
                End(Steps, 1, bodies[0]), End(Steps, 2, bodies[1]),
                new JournalFact(Parent, 1, At(1), "ChildStarted", "steps", At(1)) { Child = Child }, End(Parent, 2, bodies[4]),
                End(Child, 1, bodies[2]), End(Child, 2, bodies[3]),
                End(Guarded, 1, bodies[5]), End(Guarded, 2, bodies[6]), End(Other, 1, bodies[7]), End(Other, 2, bodies[8]),
                End(Events, 1, bodies[9]), End(Events, 2, bodies[10]), End(Rounds, 4, bodies[12]),
                End(Retry, 1, bodies[13]), Failed(2, 1, 52), End(Retry, 3, bodies[14]), Failed(4, 2, 54), End(Retry, 5, bodies[15]),
            ],
            Changes =
            [
                new RowChange(Steps, 1, 1, 0, ExecutionPhase.Executing, Steps), new RowChange(Steps, 1, 2, 1, ExecutionPhase.Executing, Steps),
                new RowChange(Steps, 2, 2, 1, ExecutionPhase.Executing, Parent), new RowChange(Steps, 2, 3, 2, ExecutionPhase.Completed, Parent),
            ],
            Permits = [Take(Guarded, 10), Give(Guarded, 20), Take(Other, 20), Give(Other, 30)],
            LiveSilos = ["silo-1", "silo-2"],
            RunningSilos = ["silo-2", "silo-1"],
        };
    }

    public static DateTimeOffset At(double second) => Start.AddSeconds(second);

    public static BodyRun Body(double second, long number, Guid uid, string step, string silo = Silo) => new(At(second), silo, number, uid, step, 1);

    /// <summary>The end of the body's step, committed a second after it began.</summary>
    public static JournalFact End(Guid uid, long sequence, BodyRun body) =>
        new(uid, sequence, body.At.AddSeconds(1), "StepCompleted", body.Step, body.At) { Body = body.Name };

    public static PermitChange Take(Guid uid, double second) => new(Door, uid, true, At(second));

    public static PermitChange Give(Guid uid, double second) => new(Door, uid, false, At(second));

    public static Fault Pause(string silo, double from, double until) => new(FaultKind.Pause, "", silo, At(from), At(until));

    /// <summary>Checks that exactly this rule is broken.</summary>
    public static void AssertFinds(string rule, ChaosEvidence evidence)
    {
        Findings findings = ChaosChecker.Check(evidence);
        Xunit.Assert.Contains(findings.Violations, violation => violation.Rule == rule);
    }

    /// <summary>The list with one of its members replaced.</summary>
    public static IReadOnlyList<T> With<T>(this IReadOnlyList<T> list, Func<T, bool> which, Func<T, T> change)
    {
        Xunit.Assert.Contains(list, member => which(member));
        return [.. list.Select(member => which(member) ? change(member) : member)];
    }

    /// <summary>The list without some of its members.</summary>
    public static IReadOnlyList<T> Without<T>(this IReadOnlyList<T> list, Func<T, bool> which)
    {
        Xunit.Assert.Contains(list, member => which(member));
        return [.. list.Where(member => !which(member))];
    }

    private static WorkItem Item(string name, string function, int count, string? mutex = null) =>
        new(name, function, count) { IsAcknowledged = true, Mutex = mutex, SentBy = { [1] = Silo, [2] = Silo } };

    private static ExecutionFacts Row(Guid uid, string name, string function, string result, long sequence) =>
        new(uid, name, function, ExecutionPhase.Completed, null, sequence, 1, result, null);

    private static JournalFact Failed(long sequence, int attempt, double second) =>
        new(Retry, sequence, At(second), "AttemptFailed", null, At(second)) { Attempt = attempt };
}
