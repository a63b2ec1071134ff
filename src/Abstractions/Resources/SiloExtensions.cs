namespace Kontinue.Resources;

/// <summary>What follows from what is known of silos and their functions.</summary>
public static class SiloExtensions
{
    private const int CommitLength = 8;

    /// <summary>The groups that run a function, in ordinal order; empty when none is known.</summary>
    public static IReadOnlyList<string> Groups(this FunctionSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec.WorkerGroups ?? (spec.WorkerGroup is { } one ? [one] : []);
    }

    /// <summary>How long a silo still counts as alive without being heard of; null when it does not, or that is not known.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="now">
    /// The reader's time. The lease is counted by the store's clock: as far as the two differ the answer is wrong, but it is never negative nor
    /// more than the whole lease, and whether the silo counts as alive is not taken from it.
    /// </param>
    public static TimeSpan? LeaseLeft(this Silo silo, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(silo);
        if (silo.Status is not { Phase: SiloPhase.Ready, LeaseUntil: { } until } status)
        {
            return null;
        }

        TimeSpan left = until - now;
        TimeSpan whole = status.RenewedAt is { } renewed && renewed < until ? until - renewed : left;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < whole ? left : whole;
    }

    /// <summary>The version of a silo's code for a table: of the commit behind a '+' the first 8 characters.</summary>
    public static string? ShortVersion(this SiloSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        int build = spec.Version?.IndexOf('+', StringComparison.Ordinal) ?? -1;
        return build >= 0 && spec.Version!.Length > build + CommitLength + 1 ? spec.Version[..(build + CommitLength + 1)] : spec.Version;
    }
}
