using Kontinue.Api.Discovery;

namespace Kontinue.Api.OpenApi;

/// <summary>A parameter in a query.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type by OpenAPI.</param>
/// <param name="Description">What it does.</param>
internal sealed record QueryParameter(string Name, string Type, string Description)
{
    /// <summary>The words that it may be; empty when it may be any.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];
}

/// <summary>Which parameters each operation takes.</summary>
internal static class OperationParameters
{
    private static readonly QueryParameter DryRun =
        new("dryRun", "string", "All: check everything, answer as usual, and store nothing.") { Values = ["All"] };

    private static readonly QueryParameter FieldManager =
        new("fieldManager", "string", "Who makes the change. Accepted and not kept: fields have no owners here.");

    private static readonly QueryParameter FieldValidation = new(
        "fieldValidation", "string",
        "What happens to fields that are unknown or there twice. Ignore: they are passed over. Warn, the default: passed over, with a " +
        "Warning header for each. Strict: the request is refused.")
    {
        Values = ["Ignore", "Strict", "Warn"],
    };

    private static readonly QueryParameter Force =
        new("force", "boolean", "Accepted for kubectl apply --server-side; there are no conflicts to force.");

    private static readonly QueryParameter Wait =
        new("wait", "string", "How long to wait for the execution's end before answering, such as 30s. At most 5m; the default is not to wait.");

    private static readonly QueryParameter[] Selection =
    [
        new("fieldSelector", "string", "Only those whose fields have these values, such as status.phase=Failed."),
        new("labelSelector", "string", "Only those whose labels are such, as in app=shop,tier!=web."),
    ];

    private static readonly QueryParameter[] Listing =
    [
        new("continue", "string", "Where to read on: metadata.continue of the page before."),
        new("limit", "integer", "How many at most. Default and most: 500."),
        new("resourceVersion", "string", "For a watch, where to begin: the version of a list or of an object."),
        new("resourceVersionMatch", "string", "Accepted for Kubernetes' clients; lists are always of now."),
        new("timeoutSeconds", "integer", "When the server ends a watch."),
    ];

    private static readonly QueryParameter[] Watching =
    [
        new("allowWatchBookmarks", "boolean", "Whether a watch tells its version from time to time, also when nothing happens."),
        new("watch", "boolean", "Whether to go on with changes as they happen, instead of a list."),
    ];

    private static readonly QueryParameter[] Deletion =
    [
        new("gracePeriodSeconds", "integer", "0: delete at once, without a chance to clean up."),
        new("orphanDependents", "boolean", "The older way to say propagationPolicy."),
        new("propagationPolicy", "string", "Orphan: leave alone what it started. Background, Foreground: delete that as well.")
        {
            Values = ["Background", "Foreground", "Orphan"],
        },
    ];

    public static IReadOnlyList<QueryParameter> Of(ApiOperation operation)
    {
        bool waits = operation.Resource.Type == typeof(Kontinue.Resources.Execution);
        return (operation.Verb, operation.Subresource?.Name) switch
        {
            (Verb.Get, "result") => [Wait],
            (Verb.Get, null) => waits ? [Wait] : [],
            (_, not null) => [],
            (Verb.List, _) when operation.Resource.Verbs.Contains(Verb.Watch, StringComparer.Ordinal) => [.. Selection, .. Listing, .. Watching],
            (Verb.List, _) => [.. Selection, .. Listing],
            (Verb.Create, _) => waits ? [DryRun, FieldManager, FieldValidation, Wait] : [DryRun, FieldManager, FieldValidation],
            (Verb.Update, _) => [DryRun, FieldManager, FieldValidation],
            (Verb.Patch, _) => [DryRun, FieldManager, FieldValidation, Force],
            (Verb.Delete, _) => waits ? [DryRun, .. Deletion] : [DryRun],
            (Verb.DeleteCollection, _) => [DryRun, .. Selection, .. Deletion],
            _ => [],
        };
    }
}
