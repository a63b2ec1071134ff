using System.Text.Json;
using Kontinue.Chaos.Evidence;
using Kontinue.Chaos.Silos;
using Kontinue.Chaos.Work;

namespace Kontinue.Chaos.Rules;

/// <summary>What was accepted is there once, and ended as it must.</summary>
internal static class OutcomeRules
{
    public const string Lost = "lost";
    public const string Doubled = "doubled";
    public const string Unfinished = "unfinished";
    public const string Outcome = "outcome";
    public const string Events = "events";

    public static void Check(ChaosEvidence evidence, Findings findings)
    {
        ILookup<string, ExecutionFacts> byName = evidence.Executions.ToLookup(e => e.Name);
        ILookup<Guid?, ExecutionFacts> byParent = evidence.Executions.Where(e => e.ParentUid is not null).ToLookup(e => e.ParentUid);
        ILookup<Guid, JournalFact> journal = evidence.Journal.ToLookup(fact => fact.Uid);
        foreach (WorkItem item in evidence.Work)
        {
            ExecutionFacts[] own = [.. byName[item.Name]];
            if (own.Length == 0 && item.IsAcknowledged)
            {
                findings.Add(Lost, $"{item.Name} was acknowledged, and is not there.");
            }

            if (own.Length == 1)
            {
                CheckEnd(item, own[0], findings);
                CheckChildren(item, own[0], [.. byParent[own[0].Uid]], journal[own[0].Uid], findings);
            }
        }

        CheckStrangers(evidence, findings);
    }

    private static void CheckStrangers(ChaosEvidence evidence, Findings findings)
    {
        HashSet<string> asked = [.. evidence.Work.Select(item => item.Name)];
        HashSet<Guid> uids = [.. evidence.Executions.Select(e => e.Uid)];
        foreach (IGrouping<string, ExecutionFacts> twice in evidence.Executions.GroupBy(e => e.Name).Where(g => g.Count() > 1))
        {
            findings.Add(Doubled, $"{twice.Key} is there {twice.Count()} times.");
        }

        foreach (ExecutionFacts row in evidence.Executions)
        {
            if (row.ParentUid is { } parent ? !uids.Contains(parent) : !asked.Contains(row.Name))
            {
                findings.Add(Doubled, $"{row.Name} is there, and nobody has asked for it.");
            }

            if (!row.Phase.IsTerminal())
            {
                findings.Add(Unfinished, $"{row.Name} is {row.Phase}.");
            }
            else if (row.ParentUid is not null && row.Phase != ExecutionPhase.Completed && row.Function != SiloFunctions.Endless)
            {
                findings.Add(Outcome, $"The child {row.Name} is {row.Phase}: {row.Error}");
            }
        }
    }

    private static void CheckEnd(WorkItem item, ExecutionFacts row, Findings findings)
    {
        bool mayBeCanceled = item.IsCanceled;
        bool mayComplete = item.Function is not (SiloFunctions.Endless or SiloFunctions.Family);
        bool isRight = row.Phase switch
        {
            ExecutionPhase.Completed => mayComplete,
            ExecutionPhase.Canceled => mayBeCanceled,
            _ => !row.Phase.IsTerminal(),
        };
        if (!isRight)
        {
            findings.Add(Outcome, $"{item.Name} is {row.Phase}: {row.Error}");
        }

        if (row.Phase != ExecutionPhase.Completed)
        {
            return;
        }

        if (item.ExpectedResult is { } expected && row.Result != expected)
        {
            findings.Add(Outcome, $"{item.Name} returned {row.Result} instead of {expected}.");
        }

        if (item.Function == SiloFunctions.ExecutionRetry && row.Attempts != SiloFunctions.SuccessfulAttempt)
        {
            findings.Add(Outcome, $"{item.Name} counts {row.Attempts} attempts instead of {SiloFunctions.SuccessfulAttempt}.");
        }

        if (item.Function == SiloFunctions.Events)
        {
            CheckEvents(item, JsonSerializer.Deserialize<int[]>(row.Result) ?? [], findings);
        }
    }

    /// <summary>
    /// Each event is seen, once if it was sent once, and in the order in which they were taken, by whatever silo. One that was sent again because
    /// nobody knew may be seen again, and its first sending may lie with a silo that stood still: nothing is asked of its order, and how
    /// often it changed places is counted.
    /// </summary>
    private static void CheckEvents(WorkItem item, int[] seen, Findings findings)
    {
        var first = new List<int>();
        foreach (int number in seen)
        {
            if (!first.Contains(number))
            {
                first.Add(number);
            }
            else if (!item.Resent.Contains(number))
            {
                findings.Add(Events, $"{item.Name} saw event {number} twice, and it was sent once.");
            }
        }

        if (!first.Order().SequenceEqual(Enumerable.Range(1, item.Count)))
        {
            findings.Add(Events, $"{item.Name} saw the events [{string.Join(", ", seen)}] of 1 to {item.Count}.");
        }

        for (int i = 1; i < first.Count; i++)
        {
            int later = first[i];
            int[] overtaken = [.. first.Take(i).Where(number => number > later)];
            findings.Overtakings += overtaken.Length > 0 ? 1 : 0;
            int[] wrong = [.. overtaken.Where(number => !item.Resent.Contains(number) && !item.Resent.Contains(later))];
            if (wrong.Length > 0)
            {
                findings.Add(Events, $"{item.Name} saw event {wrong[0]} before {later}, taken by {Sender(item, wrong[0])} and {Sender(item, later)}: [{string.Join(", ", seen)}].");
            }
        }
    }

    private static string Sender(WorkItem item, int number) => item.SentBy.GetValueOrDefault(number, "nobody");

    private static void CheckChildren(
        WorkItem item, ExecutionFacts parent, ExecutionFacts[] children, IEnumerable<JournalFact> journal, Findings findings)
    {
        JournalFact[] started = [.. journal.Where(fact => fact.Kind == "ChildStarted")];
        foreach (IGrouping<string?, JournalFact> twice in started.GroupBy(fact => fact.Operation).Where(g => g.Count() > 1))
        {
            findings.Add(Doubled, $"{parent.Name} started {twice.Key} {twice.Count()} times.");
        }

        HashSet<Guid> known = [.. started.Select(fact => fact.Child ?? Guid.Empty)];
        foreach (ExecutionFacts child in children.Where(child => !known.Remove(child.Uid)))
        {
            findings.Add(Doubled, $"{parent.Name} has the child {child.Name}, which its journal does not know.");
        }

        foreach (Guid missing in known)
        {
            findings.Add(Lost, $"{parent.Name} started the child {missing}, which is not there.");
        }

        if (parent.Phase == ExecutionPhase.Completed && children.Length != item.Children)
        {
            findings.Add(children.Length < item.Children ? Lost : Doubled, $"{parent.Name} has {children.Length} children instead of {item.Children}.");
        }
    }
}
