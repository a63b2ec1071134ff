using Kontinue.Chaos.Evidence;

namespace Kontinue.Chaos.Rules;

/// <summary>Something that must not be.</summary>
/// <param name="Rule">Which rule was broken.</param>
/// <param name="Detail">By whom, and how.</param>
internal sealed record Violation(string Rule, string Detail);

/// <summary>What was found in the evidence.</summary>
internal sealed class Findings
{
    public List<Violation> Violations { get; } = [];

    /// <summary>Bodies that a silo began after a pause although another one had the step already: seen, allowed, and without effect.</summary>
    public List<string> Zombies { get; } = [];

    /// <summary>Bodies beyond those that the journals count: their commit was cut off.</summary>
    public int Repeats { get; set; }

    /// <summary>Events that were seen after one that was sent later, through another silo.</summary>
    public int Overtakings { get; set; }

    public void Add(string rule, string detail) => Violations.Add(new Violation(rule, detail));
}

/// <summary>Holds the evidence against the rules. docs/reliability.md says what they are.</summary>
internal static class ChaosChecker
{
    public static Findings Check(ChaosEvidence evidence)
    {
        var findings = new Findings();
        OutcomeRules.Check(evidence, findings);
        JournalRules.Check(evidence, findings);
        BodyRules.Check(evidence, findings);
        OwnershipRules.Check(evidence, findings);
        PermitRules.Check(evidence, findings);
        LeftoverRules.Check(evidence, findings);
        return findings;
    }
}
