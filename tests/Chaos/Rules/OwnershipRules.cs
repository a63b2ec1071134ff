using Kontinue.Chaos.Evidence;

namespace Kontinue.Chaos.Rules;

/// <summary>Who owns a row changes only with its epoch, nothing goes back, and what has ended stays so.</summary>
internal static class OwnershipRules
{
    public const string Ownership = "ownership";

    public static void Check(ChaosEvidence evidence, Findings findings)
    {
        Dictionary<Guid, string> names = evidence.Executions.ToDictionary(row => row.Uid, row => row.Name);
        foreach (IGrouping<Guid, RowChange> row in evidence.Changes.GroupBy(change => change.Uid))
        {
            string name = names.GetValueOrDefault(row.Key, row.Key.ToString());
            RowChange? before = null;
            foreach (RowChange change in row)
            {
                if (before is not null && Fault(before, change) is { } fault)
                {
                    findings.Add(Ownership, $"{name}: {fault}");
                }

                before = change;
            }
        }
    }

    private static string? Fault(RowChange before, RowChange after)
    {
        if (after.Epoch < before.Epoch || after.Revision < before.Revision)
        {
            return $"it went back from epoch {before.Epoch}, revision {before.Revision} to epoch {after.Epoch}, revision {after.Revision}.";
        }

        if (after.Owner is not null && after.Owner != before.Owner && after.Epoch == before.Epoch)
        {
            return $"its owner changed from {before.Owner} to {after.Owner} within epoch {after.Epoch}.";
        }

        if (after.Epoch > before.Epoch && after.Revision > before.Revision)
        {
            return $"epoch {after.Epoch} began with a write, and not with a claim.";
        }

        if (before.Phase.IsTerminal() && (after.Phase != before.Phase || after.Revision != before.Revision))
        {
            return $"it had ended as {before.Phase}, and was written again as {after.Phase}.";
        }

        return after.Revision == before.Revision && (after.JournalSequence != before.JournalSequence || (after.Phase != before.Phase && after.Epoch == before.Epoch))
            ? $"its journal or phase changed without a write of its owner, at epoch {after.Epoch}, revision {after.Revision}."
            : null;
    }
}
