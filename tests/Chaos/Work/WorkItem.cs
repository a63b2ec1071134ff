using Kontinue.Chaos.Silos;
using Kontinue.Resources;

namespace Kontinue.Chaos.Work;

/// <summary>An execution to be run, and what must come of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Function">One of <see cref="SiloFunctions"/>.</param>
/// <param name="Count">Its argument.</param>
internal sealed record WorkItem(string Name, string Function, int Count)
{
    private const int Mutexes = 4;
    private const int Keys = 3;

    public string? Mutex { get; init; }

    public string? Key { get; init; }

    public int? Priority { get; init; }

    /// <summary>Whether it is asked to end as soon as it was made.</summary>
    public bool IsCanceled { get; init; }

    /// <summary>Set when some silo has said that it is stored.</summary>
    public bool IsAcknowledged { get; set; }

    /// <summary>Numbers of events that were sent again because the first answer was lost: these may be seen more than once.</summary>
    public HashSet<int> Resent { get; } = [];

    /// <summary>By the number of an event, the process that said that it is stored.</summary>
    public Dictionary<int, string> SentBy { get; } = [];

    /// <summary>The JSON result that is right, if there is only one.</summary>
    public string? ExpectedResult => Function switch
    {
        SiloFunctions.Steps => SiloFunctions.SumOfSquares(Count).ToString(),
        SiloFunctions.Parent => Enumerable.Range(1, Count).Sum(i => SiloFunctions.SumOfSquares(i + 1)).ToString(),
        SiloFunctions.Sleeper or SiloFunctions.Guarded or SiloFunctions.Limited or SiloFunctions.Keyed => "2",
        SiloFunctions.Approval => $"\"by-{Name}\"",
        SiloFunctions.StepRetry => Count.ToString(),
        SiloFunctions.ExecutionRetry => SiloFunctions.SuccessfulAttempt.ToString(),
        SiloFunctions.Rounds => Enumerable.Range(1, Count).Sum().ToString(),
        _ => null,
    };

    /// <summary>How many children it has, when it is not canceled.</summary>
    public int Children => Function switch { SiloFunctions.Parent => Count, SiloFunctions.Family => 1, _ => 0 };

    /// <summary>Of what it holds a permit while it runs.</summary>
    public IReadOnlyList<string> Semaphores =>
    [
        .. Function == SiloFunctions.Limited ? (ReadOnlySpan<string>)[$"function/default/{SiloFunctions.Limited}"] : [],
        .. Key is null ? (ReadOnlySpan<string>)[] : [$"key/{ExecutionKey.DefaultNamespace}/{Key}"],
        .. Mutex is null ? (ReadOnlySpan<string>)[] : [$"mutex/{ExecutionKey.DefaultNamespace}/{Mutex}"],
    ];

    public ExecutionSpec Spec => new()
    {
        Function = Function,
        Arguments = Function == SiloFunctions.Rounds ? JsonPayload.From(new RoundArguments(Count)) : JsonPayload.From(new CountArguments(Count)),
        Mutex = Mutex is null ? null : new MutexSpec { Name = Mutex },
        ConcurrencyKey = Key,
        Priority = Priority,
    };

    /// <summary>The item of that number: the same for the same random numbers.</summary>
    public static WorkItem Make(int index, Random random)
    {
        (string function, int count) = (index % 14) switch
        {
            0 or 1 => (SiloFunctions.Steps, random.Next(3, 11)),
            2 => (SiloFunctions.Parent, random.Next(1, 5)),
            3 => (SiloFunctions.Sleeper, random.Next(10, 1500)),
            4 => (SiloFunctions.Events, random.Next(2, 7)),
            5 => (SiloFunctions.Approval, 0),
            6 => (SiloFunctions.StepRetry, random.Next(5, 300)),
            7 => (SiloFunctions.ExecutionRetry, 0),
            8 => (SiloFunctions.Rounds, random.Next(2, 6)),
            9 => (index % 28 == 9 ? SiloFunctions.Endless : SiloFunctions.Family, 0),
            10 or 11 => (SiloFunctions.Guarded, random.Next(5, 150)),
            12 => (SiloFunctions.Limited, random.Next(5, 100)),
            _ => (SiloFunctions.Keyed, random.Next(5, 100)),
        };
        bool isEndless = function is SiloFunctions.Endless or SiloFunctions.Family;
        bool takesMutex = function == SiloFunctions.Guarded || (function is SiloFunctions.Limited or SiloFunctions.Keyed && random.Next(4) == 0);
        return new WorkItem($"{function}-{index}", function, count)
        {
            Mutex = takesMutex ? $"door-{random.Next(Mutexes)}" : null,
            Key = function == SiloFunctions.Keyed ? $"tenant-{random.Next(Keys)}" : null,
            Priority = random.Next(5) == 0 ? random.Next(1, 6) : null,
            // Some are canceled while they wait for their mutex, or hold it.
            IsCanceled = isEndless || (function == SiloFunctions.Guarded && random.Next(8) == 0),
        };
    }
}
