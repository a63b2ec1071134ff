using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Api.Requests;

/// <summary>What a request for a list or a watch asks for.</summary>
internal sealed record CollectionRequest
{
    /// <summary>Which resources, but for the parent by name.</summary>
    public required ExecutionSelector Selector { get; init; }

    /// <summary>The fields that were selected by.</summary>
    public required FieldSelection Fields { get; init; }

    /// <summary>The page size, as asked for; null: as large as it may be.</summary>
    public int? Limit { get; init; }

    public string? Continue { get; init; }

    /// <summary>The version asked for; null when any will do.</summary>
    public long? Version { get; init; }

    /// <summary>Whether exactly that version is asked for, not one at least as new.</summary>
    public bool IsExact { get; init; }

    public bool IsWatch { get; init; }

    /// <summary>Whether a watch begins with what there is: null leaves it to the version.</summary>
    public bool? SendInitialEvents { get; init; }

    public bool AllowBookmarks { get; init; }

    /// <summary>How long a watch lasts; null: the server chooses.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether a watch tells first what there is.</summary>
    public bool BeginsWithState => SendInitialEvents ?? Version is null;

    /// <summary>Whether it selects a resource by its name and labels: for kinds of which all are read and then picked from.</summary>
    public bool Selects(ObjectMetadata metadata) =>
        (Fields.Name is not { } name || string.Equals(name, metadata.Name, StringComparison.Ordinal)) && Selector.SelectsLabels(metadata.Labels);

    public ListQuery ToList() => new() { Selector = Selector, Limit = Limit ?? ListQuery.MaxLimit, Continue = Continue };
}
