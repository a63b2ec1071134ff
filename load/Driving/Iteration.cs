using Kontinue.Client;

namespace Kontinue.Load.Driving;

/// <summary>One turn of a caller.</summary>
/// <param name="Client">Whom it calls.</param>
/// <param name="Plan">What is run.</param>
/// <param name="Number">Which one it is, over all callers.</param>
internal readonly record struct Iteration(IKontinueClient Client, LoopPlan Plan, long Number);

/// <summary>Runs what one turn of a caller is; returns when it has succeeded, and throws when it has not.</summary>
internal delegate Task RunIteration(Iteration iteration, CancellationToken cancellationToken);

/// <summary>An execution did not end as it should; the message says how it did.</summary>
internal sealed class WrongEndException(string message) : Exception(message);
