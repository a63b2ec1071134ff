namespace Kontinue.Load;

/// <summary>What to measure.</summary>
internal sealed record LoadOptions
{
    public const int UseDefaultCount = 0;

    public required string Target { get; init; }

    public required string Store { get; init; }

    public required string Scenario { get; init; }

    public required int Concurrency { get; init; }

    public required TimeSpan Duration { get; init; }

    public required TimeSpan Warmup { get; init; }

    /// <summary>Executions (sleep, suspended) or steps (long); 0: what the scenario takes by default.</summary>
    public required int Count { get; init; }

    public required bool JsonOnly { get; init; }

    /// <summary>A PostgreSQL connection string, or the folder of the SQLite file; null: a private server, or a temporary folder.</summary>
    public required string? Connection { get; init; }

    /// <summary>Of target http: a server that runs already; null: one is started.</summary>
    public Uri? Server { get; init; }
}
