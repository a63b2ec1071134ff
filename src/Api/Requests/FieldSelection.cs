namespace Kontinue.Api.Requests;

/// <summary>What a field selector asks for. What is not set may be anything.</summary>
internal sealed record FieldSelection
{
    public string? Name { get; init; }

    public string? Namespace { get; init; }

    public string? Function { get; init; }

    public IReadOnlySet<ExecutionPhase>? Phases { get; init; }

    /// <summary>The parent by name; it has to be looked up, because executions know their parent by uid.</summary>
    public string? OwnerName { get; init; }

    public Guid? OwnerUid { get; init; }

    /// <summary>Whether nothing is asked for.</summary>
    public bool IsEmpty => this == new FieldSelection();
}
