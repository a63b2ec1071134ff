namespace Kontinue.Grains;

/// <summary>Settings of the Orleans host; what concerns executions is in <see cref="Engine.KontinueOptions"/>.</summary>
public sealed class GrainOptions
{
    /// <summary>
    /// Whether executions that sleep for long get a reminder of Orleans besides their timer in the store. Default false, for the timer is enough: a
    /// reminder is two writes of its own beside the group commit, and an object in the memory of a silo. Needs a reminder service in each silo.
    /// </summary>
    public bool Reminders { get; set; }

    /// <summary>Sleeps that are due later than this, seen from when they leave memory, get a reminder when there are any. Default 2 min; at least 1 s.</summary>
    public TimeSpan ReminderThreshold { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How often a silo sees to it that its group has a sweep grain, asks silos who they are that it does not know, and tries again to release
    /// what a dead one had. Default 1 s; 100 ms to 1 min.
    /// </summary>
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long after its last renewal in the store what a silo ran is taken over that the membership has declared dead: it may live, and for so long after a renewal a silo
    /// begins step bodies without asking the store again, so each silo renews its lease every third of it. Default 1.5 s; 300 ms to 1 min; the same for all silos. Of no
    /// effect where the lease is over before.
    /// </summary>
    public TimeSpan TakeOverDelay { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>How long hints to other silos are gathered, so that many go in one message. Default 5 ms; 0 to 1 s.</summary>
    public TimeSpan SignalGathering { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The most hints, or executions that are assigned to another silo, in one message. Default 1,000; 1 to 10,000.</summary>
    public int MaxTogether { get; set; } = 1000;
}
