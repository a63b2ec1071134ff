using System.Globalization;
using Orleans.Configuration;

namespace Kontinue.Grains.Placement;

/// <summary>
/// How soon a silo notices that another one is gone, as it tells the others. Silos with other timings than the rest can be put out wrongly, or notice late; they
/// work together all the same, for otherwise no setting could be changed silo by silo.
/// </summary>
internal static class MembershipTimings
{
    private const char Separator = ';';

    public static string Describe(ClusterMembershipOptions options, GrainOptions grains) => string.Join(Separator, new (string Name, string Value)[]
    {
        ("ProbeTimeout", Duration.Format(options.ProbeTimeout)), ("MaxProbeTimeout", Duration.Format(options.MaxProbeTimeout)),
        ("MissedProbes", Text(options.NumMissedProbesLimit)), ("Votes", Text(options.NumVotesForDeathDeclaration)), ("ProbedSilos", Text(options.NumProbedSilos)),
        ("TableRefresh", Duration.Format(options.TableRefreshTimeout)), ("AliveInterval", Duration.Format(options.IAmAliveTablePublishTimeout)),
        ("TakeOverDelay", Duration.Format(grains.TakeOverDelay)),
    }.Select(timing => $"{timing.Name}={timing.Value}"));

    /// <summary>What differs, in words; null when nothing does that both have said.</summary>
    public static string? Differences(string here, string there)
    {
        Dictionary<string, string> own = Parse(here);
        string[] all = [.. Parse(there)
            .Where(said => own.TryGetValue(said.Key, out string? mine) && !string.Equals(mine, said.Value, StringComparison.Ordinal))
            .Select(said => $"{said.Key} is {said.Value} there and {own[said.Key]} here")];
        return all.Length == 0 ? null : string.Join(", ", all);
    }

    private static Dictionary<string, string> Parse(string text) => text
        .Split(Separator, StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2)).Where(pair => pair.Length == 2)
        .DistinctBy(pair => pair[0], StringComparer.Ordinal).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
