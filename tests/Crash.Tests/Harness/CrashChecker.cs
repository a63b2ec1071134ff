using Kontinue.Crash.Host;
using Kontinue.Resources;

namespace Kontinue.Crash.Tests.Harness;

/// <summary>What must hold after all the crashes. Each rule adds what it found wrong.</summary>
internal sealed class CrashChecker(
    IReadOnlyDictionary<string, WorkItem> items, IReadOnlyDictionary<string, Execution> stored,
    IReadOnlyDictionary<string, IReadOnlyList<JournalEntry>> journals, IReadOnlyList<StepRun> runs)
{
    private readonly List<string> _problems = [];
    private readonly ILookup<(string Execution, string Step), StepRun> _runs = runs.ToLookup(run => (run.Execution, run.Step));

    /// <summary>Runs of step bodies that a crash made necessary: beyond one for each step in a journal.</summary>
    public int Repeats { get; private set; }

    public IReadOnlyList<string> Check()
    {
        NoneIsLostOrDoubled();
        foreach (WorkItem item in items.Values)
        {
            if (stored.TryGetValue(item.Name, out Execution? execution))
            {
                ResultIsRight(item, execution);
            }
        }

        foreach ((string name, IReadOnlyList<JournalEntry> journal) in journals)
        {
            SequencesAreWhole(name, journal);
            NoStepRanAfterItsCommit(name, journal);
            RetryCountersNeverGoBack(name, journal);
        }

        NoStepRanThatTheJournalDoesNotKnow();
        return _problems;
    }

    private void NoneIsLostOrDoubled()
    {
        foreach (string lost in items.Keys.Except(stored.Keys))
        {
            _problems.Add($"{lost} is lost.");
        }

        int children = items.Values.Sum(item => item.Children);
        if (stored.Count != items.Count + children)
        {
            _problems.Add($"{stored.Count} executions are stored, but {items.Count} and {children} children were made.");
        }

        foreach (Execution child in stored.Values.Where(e => !items.ContainsKey(e.Key.Name) && e.Status?.Phase != ExecutionPhase.Completed))
        {
            _problems.Add($"The child {child.Key.Name} is {child.Status?.Phase}: {child.Status?.Error?.Message}");
        }
    }

    private void ResultIsRight(WorkItem item, Execution execution)
    {
        string result = execution.Status!.Result.ToString();
        if (execution.Status.Phase != ExecutionPhase.Completed)
        {
            _problems.Add($"{item.Name} is {execution.Status.Phase}: {execution.Status.Error?.Message}");
        }
        else if (item.ExpectedResult is { } expected && result != expected)
        {
            _problems.Add($"{item.Name} returned {result} instead of {expected}.");
        }
        else if (item.Function == HostFunctions.Events)
        {
            EventsCameOnceInOrder(item, execution.Status.Result.To<int[]>() ?? []);
        }
        else if (item.Function == HostFunctions.ExecutionRetry && execution.Status.Attempts != HostFunctions.SuccessfulAttempt)
        {
            _problems.Add($"{item.Name} counts {execution.Status.Attempts} attempts instead of {HostFunctions.SuccessfulAttempt}.");
        }
        else if (item.Function == HostFunctions.Race)
        {
            OnlyTheWinnersPathWasTaken(item, execution.Status.Result.To<string>()!);
        }
    }

    private void EventsCameOnceInOrder(WorkItem item, int[] seen)
    {
        int[] allowedTwice = [.. seen.Where((number, i) => i > 0 && seen[i - 1] == number && item.Resent.Contains(number))];
        int[] once = [.. seen.Where((number, i) => i == 0 || seen[i - 1] != number || !item.Resent.Contains(number))];
        if (!once.SequenceEqual(Enumerable.Range(1, item.Count)))
        {
            _problems.Add($"{item.Name} saw the events [{string.Join(", ", seen)}] of 1 to {item.Count}; sent twice: [{string.Join(", ", allowedTwice)}].");
        }
    }

    /// <summary>A function that decides otherwise when it is replayed would run the loser's step too.</summary>
    private void OnlyTheWinnersPathWasTaken(WorkItem item, string winner)
    {
        string loser = winner == "step" ? "sleep" : "step";
        if (!_runs.Contains((item.Name, $"{winner}-won")) || _runs.Contains((item.Name, $"{loser}-won")))
        {
            _problems.Add($"{item.Name} was won by the {winner}, but the steps that ran tell another story.");
        }
    }

    private void SequencesAreWhole(string name, IReadOnlyList<JournalEntry> journal)
    {
        for (int i = 1; i < journal.Count; i++)
        {
            if (journal[i].Sequence < journal[i - 1].Sequence || journal[i].At < journal[i - 1].At)
            {
                _problems.Add($"{name}: entry {journal[i].Kind} {journal[i].Name} at {journal[i].At:O} stands after a later one.");
            }
        }

        foreach (IGrouping<string?, JournalEntry> twice in journal.Where(IsEnd).GroupBy(e => e.Name).Where(g => g.Count() > 1))
        {
            _problems.Add($"{name}: {twice.Key} ended {twice.Count()} times.");
        }
    }

    private void NoStepRanAfterItsCommit(string name, IReadOnlyList<JournalEntry> journal)
    {
        foreach (JournalEntry end in journal.Where(IsEnd))
        {
            StepRun[] own = [.. _runs[(name, end.Name!)]];
            if (own.Length == 0)
            {
                _problems.Add($"{name}: {end.Name} is in the journal, but its body never ran.");
            }

            foreach (StepRun late in own.Where(run => run.At > end.At))
            {
                _problems.Add($"{name}: {late.Step} ran at {late.At:O}, after the journal had it at {end.At:O}.");
            }

            int needed = journal.Count(e => e.Name == end.Name && e.Kind is "StepRetry") + 1;
            if (own.Length < needed)
            {
                _problems.Add($"{name}: {end.Name} counts {needed} attempts, but its body ran {own.Length} times.");
            }

            Repeats += Math.Max(0, own.Length - needed);
        }
    }

    private void RetryCountersNeverGoBack(string name, IReadOnlyList<JournalEntry> journal)
    {
        foreach (IGrouping<string?, JournalEntry> step in journal.Where(e => e.Kind == "StepRetry").GroupBy(e => e.Name))
        {
            CountsUp(name, $"step {step.Key}", [.. step.Select(e => e.Attempt ?? 0)]);
        }

        int[] failed = [.. journal.Where(e => e.Kind == "AttemptFailed").Select(e => e.Attempt ?? 0)];
        CountsUp(name, "the execution", failed);
        if (items.TryGetValue(name, out WorkItem? item))
        {
            int stepRetries = journal.Count(e => e.Kind == "StepRetry");
            if (item.Function == HostFunctions.StepRetry && stepRetries != HostFunctions.StepAttempts - 1)
            {
                _problems.Add($"{name}: the step was tried {stepRetries + 1} times instead of {HostFunctions.StepAttempts}.");
            }

            if (item.Function == HostFunctions.ExecutionRetry && failed.Length != HostFunctions.SuccessfulAttempt - 1)
            {
                _problems.Add($"{name}: {failed.Length} attempts failed instead of {HostFunctions.SuccessfulAttempt - 1}.");
            }
        }
    }

    private void CountsUp(string name, string what, int[] attempts)
    {
        if (!attempts.SequenceEqual(Enumerable.Range(1, attempts.Length)))
        {
            _problems.Add($"{name}: the failed attempts of {what} were counted [{string.Join(", ", attempts)}].");
        }
    }

    private void NoStepRanThatTheJournalDoesNotKnow()
    {
        HashSet<(string, string)> known = [.. journals.SelectMany(j => j.Value.Where(IsEnd).Select(e => (j.Key, e.Name!)))];
        foreach (IGrouping<(string Execution, string Step), StepRun> unknown in _runs.Where(run => !known.Contains(run.Key)))
        {
            _problems.Add($"{unknown.Key.Execution}: {unknown.Key.Step} ran, but the journal does not have it.");
        }
    }

    private static bool IsEnd(JournalEntry entry) => entry.Kind is "StepCompleted" or "StepFailed";
}
