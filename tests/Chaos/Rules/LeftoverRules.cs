using Kontinue.Chaos.Evidence;

namespace Kontinue.Chaos.Rules;

/// <summary>When everything has ended, nothing is left of it but its rows and journals.</summary>
internal static class LeftoverRules
{
    public const string HeldPermits = "held permits";
    public const string DeadMessages = "dead messages";
    public const string Silos = "silos";

    public static void Check(ChaosEvidence evidence, Findings findings)
    {
        foreach (string permit in evidence.HeldPermits)
        {
            findings.Add(HeldPermits, $"A permit is left: {permit}.");
        }

        foreach (string message in evidence.DeadMessages)
        {
            findings.Add(DeadMessages, $"A message is left: {message}.");
        }

        string[] live = [.. evidence.LiveSilos.Order(StringComparer.Ordinal)];
        string[] running = [.. evidence.RunningSilos.Order(StringComparer.Ordinal)];
        if (!live.SequenceEqual(running))
        {
            findings.Add(Silos, $"The database takes [{string.Join(", ", live)}] to be alive, and [{string.Join(", ", running)}] run.");
        }
    }
}
