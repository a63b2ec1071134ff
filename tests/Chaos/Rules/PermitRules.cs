using Kontinue.Chaos.Evidence;
using Kontinue.Chaos.Silos;
using Kontinue.Chaos.Work;

namespace Kontinue.Chaos.Rules;

/// <summary>
/// Never are more permits held than there are, each is taken once and given back once, and bodies run while they are held. The times are those of the
/// commits that took and gave them.
/// </summary>
internal static class PermitRules
{
    public const string Limit = "limit";
    public const string Permits = "permits";
    public const string WithoutPermit = "body without permit";

    public static void Check(ChaosEvidence evidence, Findings findings)
    {
        Dictionary<string, ExecutionFacts> rows = evidence.Executions.DistinctBy(row => row.Name).ToDictionary(row => row.Name);
        Dictionary<Guid, string> names = evidence.Executions.ToDictionary(row => row.Uid, row => row.Name);
        foreach (IGrouping<string, PermitChange> semaphore in evidence.Permits.GroupBy(change => change.Semaphore))
        {
            CheckLimit(semaphore, names, findings);
        }

        ILookup<(Guid Uid, string Semaphore), PermitChange> changes = evidence.Permits.ToLookup(change => (change.Uid, change.Semaphore));
        HashSet<(Guid, string)> named = [];
        ILookup<Guid, BodyRun> bodies = evidence.Bodies.ToLookup(body => body.Uid);
        var zombies = new Zombies(evidence);
        foreach (WorkItem item in evidence.Work.Where(item => item.Semaphores.Count > 0 && rows.ContainsKey(item.Name)))
        {
            ExecutionFacts row = rows[item.Name];
            foreach (string semaphore in item.Semaphores)
            {
                named.Add((row.Uid, semaphore));
                CheckHolding(row, semaphore, [.. changes[(row.Uid, semaphore)]], bodies[row.Uid], zombies, findings);
            }
        }

        foreach (IGrouping<(Guid Uid, string Semaphore), PermitChange> strange in changes.Where(change => !named.Contains(change.Key)))
        {
            findings.Add(Permits, $"{names.GetValueOrDefault(strange.Key.Uid, strange.Key.Uid.ToString())} held {strange.Key.Semaphore}, which it does not name.");
        }
    }

    private static int LimitOf(string semaphore) => semaphore.Split('/')[0] switch
    {
        "mutex" => 1,
        "key" => SiloFunctions.KeyLimit,
        _ => SiloFunctions.FunctionLimit,
    };

    private static void CheckLimit(IGrouping<string, PermitChange> semaphore, Dictionary<Guid, string> names, Findings findings)
    {
        int limit = LimitOf(semaphore.Key);
        var holders = new HashSet<Guid>();
        // Of two commits at the same microsecond, the one that gives comes first: who takes has seen it.
        foreach (PermitChange change in semaphore.OrderBy(change => change.At).ThenBy(change => change.IsTaken))
        {
            if (!change.IsTaken)
            {
                holders.Remove(change.Uid);
            }
            else if (holders.Add(change.Uid) && holders.Count > limit)
            {
                findings.Add(
                    Limit,
                    $"{semaphore.Key} has {limit} permits and at {change.At:O} was held by {string.Join(", ", holders.Select(uid => names.GetValueOrDefault(uid, uid.ToString())))}.");
            }
        }
    }

    private static void CheckHolding(
        ExecutionFacts row, string semaphore, PermitChange[] changes, IEnumerable<BodyRun> bodies, Zombies zombies, Findings findings)
    {
        PermitChange[] taken = [.. changes.Where(change => change.IsTaken)];
        PermitChange[] given = [.. changes.Where(change => !change.IsTaken)];
        bool neverLetIn = taken.Length == 0 && row.Phase == ExecutionPhase.Canceled;
        if (taken.Length != given.Length || (taken.Length != 1 && !neverLetIn))
        {
            findings.Add(Permits, $"{row.Name} took {semaphore} {taken.Length} times and gave it back {given.Length} times.");
            return;
        }

        foreach (BodyRun body in bodies.Where(body => neverLetIn || body.At < taken[0].At || body.At > given[0].At))
        {
            string detail = $"{row.Name}: {body.Step} began at {body.At:O} on {body.Incarnation} without its permit of {semaphore}.";
            if (!neverLetIn && body.At > given[0].At && zombies.Excuses(body, null))
            {
                findings.Zombies.Add(detail);
            }
            else
            {
                findings.Add(WithoutPermit, detail);
            }
        }
    }
}
