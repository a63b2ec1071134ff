using Kontinue.Engine;

namespace Kontinue.Cli.Serving;

/// <summary>What a command that serves has been told.</summary>
internal sealed record ServerSettings
{
    public required IReadOnlyList<ListenAddress> Addresses { get; init; }

    public required StoreSelection Store { get; init; }

    public ServerAccess Access { get; init; } = new();

    /// <summary>Whether more is logged.</summary>
    public bool Verbose { get; init; }

    /// <summary>Whether it has the sample functions.</summary>
    public bool Samples { get; init; }

    /// <summary>The folder where local jobs are on record; null: there are no local jobs.</summary>
    public string? LocalJobs { get; init; }

    /// <summary>What kind of silo it is. Default: as the engine has it.</summary>
    public SiloSettings? Silo { get; init; }

    /// <summary>Sets the host's options.</summary>
    public void Apply(KontinueOptions options)
    {
        if (Silo is { } silo)
        {
            options.SiloName = silo.Name;
            options.WorkerGroup = silo.Group;
            options.Lease = silo.Lease;
            options.MaxConcurrentExecutions = silo.MaxConcurrentExecutions;
        }
    }
}

/// <summary>What kind of silo a server is.</summary>
/// <param name="Name">Its name, which no other silo of the store has.</param>
/// <param name="Group">Its worker group.</param>
/// <param name="Lease">How long it keeps its executions when it is not heard of.</param>
/// <param name="MaxConcurrentExecutions">How many executions it runs at once at most.</param>
internal sealed record SiloSettings(string Name, string Group, TimeSpan Lease, int MaxConcurrentExecutions);
