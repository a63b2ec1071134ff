using Kontinue.Chaos.Evidence;
using Kontinue.Chaos.Silos;

namespace Kontinue.Chaos.Rules;

/// <summary>A journal has no holes, tells each thing once, and counts right.</summary>
internal static class JournalRules
{
    public const string Journal = "journal";
    public const string Counters = "counters";

    public static void Check(ChaosEvidence evidence, Findings findings)
    {
        ILookup<Guid, JournalFact> journals = evidence.Journal.ToLookup(fact => fact.Uid);
        HashSet<Guid> uids = [.. evidence.Executions.Select(e => e.Uid)];
        foreach (ExecutionFacts row in evidence.Executions)
        {
            JournalFact[] journal = [.. journals[row.Uid]];
            CheckSequence(row, journal, findings);
            CheckOnce(row, journal, findings);
            CheckCounters(row, journal, findings);
        }

        foreach (IGrouping<Guid, JournalFact> nobodys in journals.Where(journal => !uids.Contains(journal.Key)))
        {
            findings.Add(Journal, $"There is a journal of {nobodys.Key}, which is not there.");
        }
    }

    private static void CheckSequence(ExecutionFacts row, JournalFact[] journal, Findings findings)
    {
        long[] sequences = [.. journal.Select(fact => fact.Sequence).Distinct()];
        // One that continued as new has thrown its records away, and may count on.
        long first = row.Function == SiloFunctions.Rounds && sequences.Length > 0 ? sequences[0] : 1;
        for (int i = 0; i < sequences.Length; i++)
        {
            if (sequences[i] != first + i)
            {
                findings.Add(Journal, $"{row.Name} has record {sequences[i]} where {first + i} must be.");
                return;
            }
        }

        long last = sequences.Length == 0 ? 0 : sequences[^1];
        if (last != row.JournalSequence && !(sequences.Length == 0 && row.Function == SiloFunctions.Rounds))
        {
            findings.Add(Journal, $"{row.Name} says that its last record is {row.JournalSequence}, and it is {last}.");
        }

        for (int i = 1; i < journal.Length; i++)
        {
            if (journal[i].CommittedAt < journal[i - 1].CommittedAt)
            {
                findings.Add(Journal, $"{row.Name} committed {journal[i].Kind} {journal[i].Operation} before what stands before it.");
            }
        }
    }

    private static void CheckOnce(ExecutionFacts row, JournalFact[] journal, Findings findings)
    {
        foreach (IGrouping<string?, JournalFact> twice in journal.Where(fact => fact.IsStepEnd).GroupBy(fact => fact.Operation).Where(g => g.Count() > 1))
        {
            findings.Add(Journal, $"{row.Name}: step {twice.Key} ended {twice.Count()} times.");
        }
    }

    private static void CheckCounters(ExecutionFacts row, JournalFact[] journal, Findings findings)
    {
        JournalFact[] retries = [.. journal.Where(fact => fact.Kind == "StepRetry")];
        foreach (IGrouping<string?, JournalFact> step in retries.GroupBy(fact => fact.Operation))
        {
            CountsUp(row, $"step {step.Key}", [.. step.Select(fact => fact.Attempt)], findings);
        }

        int[] failed = [.. journal.Where(fact => fact.Kind == "AttemptFailed").Select(fact => fact.Attempt)];
        CountsUp(row, "the execution", failed, findings);
        if (row.Phase != ExecutionPhase.Completed)
        {
            return;
        }

        int expectedRetries = row.Function == SiloFunctions.StepRetry ? SiloFunctions.StepAttempts - 1 : 0;
        int expectedFailures = row.Function == SiloFunctions.ExecutionRetry ? SiloFunctions.SuccessfulAttempt - 1 : 0;
        if (retries.Length != expectedRetries || failed.Length != expectedFailures)
        {
            findings.Add(
                Counters,
                $"{row.Name} has {retries.Length} retries of steps and {failed.Length} failed attempts instead of {expectedRetries} and {expectedFailures}.");
        }
    }

    private static void CountsUp(ExecutionFacts row, string what, int[] attempts, Findings findings)
    {
        if (!attempts.SequenceEqual(Enumerable.Range(1, attempts.Length)))
        {
            findings.Add(Counters, $"{row.Name}: the failed attempts of {what} were counted [{string.Join(", ", attempts)}].");
        }
    }
}
