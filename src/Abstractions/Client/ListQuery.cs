namespace Kontinue.Client;

/// <summary>Which page of executions to list.</summary>
public sealed record ListQuery
{
    /// <summary>The largest page.</summary>
    public const int MaxLimit = 500;

    /// <summary>Which executions. Default: all.</summary>
    public ExecutionSelector Selector { get; init; } = ExecutionSelector.All;

    /// <summary>
    /// Page size: 1 to <see cref="MaxLimit"/>. Default <see cref="MaxLimit"/>. A page may be shorter, even empty, and yet not be the last:
    /// the time of one page is bounded, not the time of finding so many.
    /// </summary>
    public int Limit { get; init; } = MaxLimit;

    /// <summary>The <c>continue</c> of the page before.</summary>
    public string? Continue { get; init; }
}
