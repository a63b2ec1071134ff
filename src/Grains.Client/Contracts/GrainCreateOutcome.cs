using Kontinue.Resources;

namespace Kontinue.Grains.Client.Contracts;

/// <summary>What became of one of several executions that were to be created: it, or why not.</summary>
/// <param name="Execution">It, when it was created.</param>
/// <param name="Error">Why not.</param>
[GenerateSerializer]
[Immutable]
[Alias("kontinue.create-outcome")]
public sealed record GrainCreateOutcome([property: Id(0)] Execution? Execution, [property: Id(1)] KontinueException? Error);
