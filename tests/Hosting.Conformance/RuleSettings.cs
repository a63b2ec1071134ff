using System.Globalization;
using Kontinue.Engine;

namespace Kontinue.Hosting.Conformance;

/// <summary>Settings that a rule needs of all silos; null: as the host has it.</summary>
public sealed record RuleSettings
{
    /// <summary>See <see cref="KontinueOptions.MaxConcurrentExecutions"/>.</summary>
    public int? MaxConcurrentExecutions { get; init; }

    /// <summary>See <see cref="KontinueOptions.SuspendedResidency"/>.</summary>
    public TimeSpan? SuspendedResidency { get; init; }

    /// <summary>See <see cref="KontinueOptions.Lease"/>.</summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>For silos that this process sets up.</summary>
    public void ApplyTo(KontinueOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.MaxConcurrentExecutions = MaxConcurrentExecutions ?? options.MaxConcurrentExecutions;
        options.SuspendedResidency = SuspendedResidency ?? options.SuspendedResidency;
        options.Lease = Lease ?? options.Lease;
    }

    /// <summary>For silos that are started with a command line: their names, as in configuration, and values.</summary>
    public IEnumerable<(string Name, string Value)> ToConfiguration()
    {
        if (MaxConcurrentExecutions is { } executions)
        {
            yield return ("Kontinue:Engine:MaxConcurrentExecutions", executions.ToString(CultureInfo.InvariantCulture));
        }

        if (SuspendedResidency is { } residency)
        {
            yield return ("Kontinue:Engine:SuspendedResidency", residency.ToString("c", CultureInfo.InvariantCulture));
        }

        if (Lease is { } lease)
        {
            yield return ("Kontinue:Engine:Lease", lease.ToString("c", CultureInfo.InvariantCulture));
        }
    }
}
