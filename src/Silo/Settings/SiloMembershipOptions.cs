using Orleans.Configuration;

namespace Kontinue.Silo.Settings;

/// <summary>How soon silos notice that one of them is gone: section <c>Kontinue:Membership</c>. All silos of a cluster should have the same.</summary>
/// <remarks>
/// With the defaults a silo that was killed is declared dead after about two seconds, for connections to it are refused at once, and one that is
/// frozen after five to eight. It is declared dead wrongly when it answers nobody for that long; it then ends itself, and what it ran goes on elsewhere.
/// </remarks>
public sealed class SiloMembershipOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Kontinue:Membership";

    /// <summary>How long a probe may take at first, and how often one is sent; it adapts to how fast the other silo answers. Default 600 ms; 100 ms to 1 min.</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromMilliseconds(600);

    /// <summary>
    /// The longest that a probe may take after it has adapted. A silo that has sent anything within this time, as many times as
    /// <see cref="MissedProbes"/>, is not suspected. Default 1.5 s; at least <see cref="ProbeTimeout"/>, at most 5 min.
    /// </summary>
    public TimeSpan MaxProbeTimeout { get; set; } = TimeSpan.FromMilliseconds(1500);

    /// <summary>Probes in a row without an answer after which a silo is suspected. Default 3; 1 to 100.</summary>
    public int MissedProbes { get; set; } = 3;

    /// <summary>
    /// Silos that must suspect another one before it is declared dead; fewer are enough where there are fewer. Default 2, so that one silo with a broken network
    /// cannot put the others out; 1 to 10.
    /// </summary>
    public int Votes { get; set; } = 2;

    /// <summary>Silos that each silo probes. Default 10; from <see cref="Votes"/> to 100.</summary>
    public int ProbedSilos { get; set; } = 10;

    /// <summary>How often the table is read although nobody told of a change. Default 5 s; 100 ms to 10 min.</summary>
    public TimeSpan TableRefresh { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How often a silo writes into the table that it lives. A start waits for nobody who has not done so three times in a row: after all silos were killed the first one
    /// starts without waiting for them. Default 3 s; 500 ms to 10 min.
    /// </summary>
    public TimeSpan AliveInterval { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a silo tries to join before its start fails. Default 1 min; 5 s to 1 h.</summary>
    public TimeSpan JoinTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How many <see cref="AliveInterval"/> without a sign make a member stale.</summary>
    internal const int MissedAliveIntervals = 3;

    internal TimeSpan StaleAfter => AliveInterval * MissedAliveIntervals;

    internal void Apply(ClusterMembershipOptions options)
    {
        options.ProbeTimeout = ProbeTimeout;
        options.MinProbeTimeout = ProbeTimeout / 2;
        options.MaxProbeTimeout = MaxProbeTimeout;
        options.NumMissedProbesLimit = MissedProbes;
        options.NumVotesForDeathDeclaration = Votes;
        options.NumProbedSilos = ProbedSilos;
        options.TableRefreshTimeout = TableRefresh;
        options.IAmAliveTablePublishTimeout = AliveInterval;
        options.NumMissedTableIAmAliveLimit = MissedAliveIntervals;
        options.MaxJoinAttemptTime = JoinTimeout;
    }
}
