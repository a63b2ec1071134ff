using Kontinue.Crash.Host;

namespace Kontinue.Crash.Tests.Harness;

/// <summary>An execution to be run, and what must come of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Function">One of <see cref="HostFunctions"/>.</param>
/// <param name="Count">Its argument.</param>
internal sealed record WorkItem(string Name, string Function, int Count)
{
    /// <summary>Numbers of events that were sent again because the first answer was lost: these may be seen twice.</summary>
    public HashSet<int> Resent { get; } = [];

    public static IReadOnlyList<WorkItem> MakeAll(int count, Random random) => [.. Enumerable.Range(0, count).Select(i => Make(i, random))];

    /// <summary>The JSON result that is right, if there is only one.</summary>
    public string? ExpectedResult => Function switch
    {
        HostFunctions.Steps => HostFunctions.SumOfSquares(Count).ToString(),
        HostFunctions.Sleeper => "2",
        HostFunctions.Parent => Enumerable.Range(1, Count).Sum(HostFunctions.SumOfSquares).ToString(),
        HostFunctions.StepRetry => "\"It always does.\"",
        HostFunctions.ExecutionRetry => HostFunctions.SuccessfulAttempt.ToString(),
        HostFunctions.Approval => $"\"by-{Name}\"",
        _ => null,
    };

    public int Children => Function == HostFunctions.Parent ? Count : 0;

    private static WorkItem Make(int index, Random random)
    {
        (string function, int count) = (index % 8) switch
        {
            0 => (HostFunctions.Steps, random.Next(2, 12)),
            1 => (HostFunctions.Sleeper, random.Next(10, 1500)),
            2 => (HostFunctions.Parent, random.Next(1, 5)),
            3 => (HostFunctions.StepRetry, random.Next(5, 200)),
            4 => (HostFunctions.ExecutionRetry, 0),
            5 => (HostFunctions.Events, random.Next(2, 7)),
            6 => (HostFunctions.Approval, 0),
            _ => (HostFunctions.Race, random.Next(1, 5)),
        };
        return new WorkItem($"{function}-{index}", function, count);
    }
}
