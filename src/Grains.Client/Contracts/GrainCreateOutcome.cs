using Kontinue.Resources;

namespace Kontinue.Grains.Client.Contracts;

/// <summary>What became of one of several executions that were to be created: it, or why not.</summary>
/// <param name="Execution">It, when it was created.</param>
/// <param name="Error">Why not: a <see cref="KontinueException"/>. Of the type of all exceptions, because one of a type of its own must not be null when it is sent.</param>
[GenerateSerializer]
[Immutable]
[Alias("kontinue.create-outcome")]
public sealed record GrainCreateOutcome([property: Id(0)] Execution? Execution, [property: Id(1)] Exception? Error);
