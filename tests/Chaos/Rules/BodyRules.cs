using Kontinue.Chaos.Evidence;
using Kontinue.Chaos.Silos;

namespace Kontinue.Chaos.Rules;

/// <summary>
/// A step's body runs at least once until its result is committed, and never begins afterwards; and the result is that of a body that began before.
/// </summary>
internal static class BodyRules
{
    public const string LateBody = "late body";
    public const string Result = "result of a body";
    public const string UnknownBody = "unknown body";

    public static void Check(ChaosEvidence evidence, Findings findings)
    {
        var zombies = new Zombies(evidence);
        Dictionary<Guid, ExecutionFacts> rows = evidence.Executions.ToDictionary(row => row.Uid);
        Dictionary<string, BodyRun> byName = evidence.Bodies.ToDictionary(body => body.Name);
        ILookup<(Guid, string), BodyRun> bodies = evidence.Bodies.ToLookup(body => (body.Uid, body.Step));
        ILookup<(Guid, string), JournalFact> ends = evidence.Journal.Where(fact => fact.IsStepEnd).ToLookup(fact => (fact.Uid, fact.Operation!));
        ILookup<(Guid, string), JournalFact> retries = evidence.Journal.Where(fact => fact.Kind == "StepRetry").ToLookup(fact => (fact.Uid, fact.Operation!));
        foreach (IGrouping<(Guid Uid, string Step), JournalFact> end in ends)
        {
            string name = rows.TryGetValue(end.Key.Uid, out ExecutionFacts? row) ? row.Name : end.Key.Uid.ToString();
            BodyRun? committed = CheckResult(name, end.First(), byName, findings);
            CheckRuns(name, end.First(), committed?.Incarnation, [.. bodies[end.Key]], retries[end.Key].Count() + 1, zombies, findings);
        }

        CheckUnknown(evidence, rows, ends, zombies, findings);
        CheckRounds(evidence, rows, zombies, findings);
    }

    /// <summary>The journal names the body whose result it has.</summary>
    private static BodyRun? CheckResult(string name, JournalFact end, Dictionary<string, BodyRun> bodies, Findings findings)
    {
        if (end.Kind != "StepCompleted")
        {
            return null;
        }

        if (end.Body is null || !bodies.TryGetValue(end.Body, out BodyRun? body))
        {
            findings.Add(Result, $"{name}: the result of {end.Operation} is that of {end.Body ?? "no body"}, which never ran.");
            return null;
        }

        if (body.Uid != end.Uid || body.Step != end.Operation)
        {
            findings.Add(Result, $"{name}: the result of {end.Operation} is that of {body.Name}, which ran {body.Step} of {body.Uid}.");
        }

        if (body.At > end.CommittedAt)
        {
            findings.Add(Result, $"{name}: the result of {end.Operation}, committed at {end.CommittedAt:O}, is that of a body that began at {body.At:O}.");
        }

        return body;
    }

    private static void CheckRuns(
        string name, JournalFact end, string? committer, BodyRun[] runs, int needed, Zombies zombies, Findings findings)
    {
        if (runs.Length < needed)
        {
            findings.Add(Result, $"{name}: {end.Operation} counts {needed} attempts, but its body ran {runs.Length} times.");
        }

        findings.Repeats += Math.Max(0, runs.Length - needed);
        foreach (BodyRun late in runs.Where(run => run.At > end.CommittedAt))
        {
            Judge(late, committer, $"{name}: {late.Step} began at {late.At:O} on {late.Incarnation}, after its commit at {end.CommittedAt:O} by {committer}.", zombies, findings);
        }
    }

    /// <summary>A body whose step no journal has, though its execution completed. What was canceled may end before its step is committed.</summary>
    private static void CheckUnknown(
        ChaosEvidence evidence, Dictionary<Guid, ExecutionFacts> rows, ILookup<(Guid, string), JournalFact> ends, Zombies zombies, Findings findings)
    {
        foreach (BodyRun body in evidence.Bodies.Where(body => !ends.Contains((body.Uid, body.Step))))
        {
            if (!rows.TryGetValue(body.Uid, out ExecutionFacts? row))
            {
                findings.Add(UnknownBody, $"{body.Step} of {body.Uid} ran on {body.Incarnation}, and there is no such execution.");
            }
            else if (row.Phase == ExecutionPhase.Completed && row.Function != SiloFunctions.Rounds)
            {
                Judge(body, null, $"{row.Name}: {body.Step} ran on {body.Incarnation}, and the journal does not have it.", zombies, findings, UnknownBody);
            }
        }
    }

    /// <summary>The journal of a round is gone when the next one begins: from then on no body of it may begin.</summary>
    private static void CheckRounds(ChaosEvidence evidence, Dictionary<Guid, ExecutionFacts> rows, Zombies zombies, Findings findings)
    {
        IEnumerable<IGrouping<Guid, BodyRun>> executions = evidence.Bodies
            .Where(body => rows.TryGetValue(body.Uid, out ExecutionFacts? row) && row.Function == SiloFunctions.Rounds)
            .GroupBy(body => body.Uid);
        foreach (IGrouping<Guid, BodyRun> execution in executions)
        {
            int round = 0;
            foreach (BodyRun body in execution.OrderBy(body => body.At))
            {
                int own = int.Parse(body.Step.AsSpan("round-".Length));
                if (own < round)
                {
                    Judge(body, null, $"{rows[execution.Key].Name}: {body.Step} began at {body.At:O} on {body.Incarnation}, after round {round} had begun.", zombies, findings);
                }
                else if (own > round + 1)
                {
                    findings.Add(Result, $"{rows[execution.Key].Name}: {body.Step} began, and the round before it never did.");
                }

                round = Math.Max(round, own);
            }
        }
    }

    private static void Judge(BodyRun body, string? committer, string detail, Zombies zombies, Findings findings, string rule = LateBody)
    {
        if (zombies.Excuses(body, committer))
        {
            findings.Zombies.Add(detail);
        }
        else
        {
            findings.Add(rule, detail);
        }
    }
}
