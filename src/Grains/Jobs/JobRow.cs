namespace Kontinue.Grains.Jobs;

/// <summary>What is on record of a job. Not what it is to run: its runner has that, and its execution's journal.</summary>
internal sealed record JobRow
{
    public required Guid Job { get; init; }

    /// <summary>As <c>namespace/name</c>.</summary>
    public required string Execution { get; init; }

    public required Guid ExecutionUid { get; init; }

    public required string Runner { get; init; }

    public required Guid Process { get; init; }

    public JobState State { get; init; }

    /// <summary>Since when it is in this state.</summary>
    public required DateTimeOffset Since { get; init; }
}

/// <summary>What a gateway keeps in grain storage.</summary>
[GenerateSerializer]
[Alias("kontinue.jobs.state")]
internal sealed class JobGatewayState
{
    /// <summary>Its rows, as JSON of our own: the same with whatever serializer a silo's grain storage has. Empty: none.</summary>
    [Id(0)]
    public string Rows { get; set; } = "";
}
