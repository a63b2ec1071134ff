using System.Globalization;
using Kontinue.Api.Responses;
using Kontinue.Client;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Requests;

/// <summary>
/// Reads the parameters of lists and watches, with the rules of Kubernetes' <c>ListOptions</c>: what contradicts itself is 422, what
/// cannot be read is 400.
/// </summary>
internal static class CollectionReader
{
    /// <summary>The longest that a watch may last, whatever is asked for: clients begin anew, and nothing is kept for ever.</summary>
    private const int MaxTimeoutSeconds = 3600;

    /// <summary>Reads them.</summary>
    /// <param name="request">The request; its path may name a namespace.</param>
    /// <param name="fields">The fields that can be selected by.</param>
    /// <param name="maxLimit">The largest page.</param>
    public static CollectionRequest Read(HttpRequest request, IReadOnlyList<string> fields, int maxLimit = ListQuery.MaxLimit)
    {
        IQueryCollection query = request.Query;
        FieldSelection selection = Selectors.Fields(query["fieldSelector"], fields);
        string? ns = PathReader.Namespace(request);
        if (ns is not null && selection.Namespace is { } other && !string.Equals(ns, other, StringComparison.Ordinal))
        {
            throw QueryReader.Bad("fieldSelector", $"{Selectors.Namespace} is '{other}', but the path is of '{ns}'.");
        }

        string? continuation = query["continue"];
        return Check(new CollectionRequest
        {
            Fields = selection,
            Selector = new ExecutionSelector
            {
                Namespace = ns ?? selection.Namespace,
                Name = selection.Name,
                Function = selection.Function,
                Phases = selection.Phases,
                ParentUid = selection.OwnerUid,
                Labels = Selectors.Labels(query["labelSelector"]),
            },
            Limit = Limit(query["limit"], maxLimit),
            Continue = string.IsNullOrEmpty(continuation) ? null : continuation,
            Version = Version(query["resourceVersion"]),
            IsExact = query["resourceVersionMatch"].ToString() is "Exact",
            IsWatch = QueryReader.Flag(request, "watch") ?? false,
            SendInitialEvents = QueryReader.Flag(request, "sendInitialEvents"),
            AllowBookmarks = QueryReader.Flag(request, "allowWatchBookmarks") ?? false,
            Timeout = Timeout(query["timeoutSeconds"]),
        }, query["resourceVersion"], query["resourceVersionMatch"]);
    }

    /// <summary>Reads a version; null when any will do.</summary>
    public static long? Version(string? text)
    {
        if (text is null or "" or "0")
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long version)
            ? version == 0 ? null : version
            : throw QueryReader.Bad("resourceVersion", $"'{text}' is not a version. Use the metadata.resourceVersion of a list or of a watch's last event.");
    }

    private static CollectionRequest Check(CollectionRequest request, string? version, string? match)
    {
        match = string.IsNullOrEmpty(match) ? null : match;
        if (match is not (null or "Exact" or "NotOlderThan"))
        {
            throw Invalid("resourceVersionMatch", $"'{match}' is not one of Exact, NotOlderThan");
        }

        if (request.IsWatch)
        {
            if (request.SendInitialEvents is not null && match is not "NotOlderThan")
            {
                throw Invalid("resourceVersionMatch", "sendInitialEvents requires resourceVersionMatch=NotOlderThan");
            }

            return request.SendInitialEvents is null && match is not null
                ? throw Invalid("resourceVersionMatch", "is forbidden for a watch without sendInitialEvents")
                : request;
        }

        if (request.SendInitialEvents is not null)
        {
            throw Invalid("sendInitialEvents", "is forbidden for a list; it is for watches");
        }

        if (match is not null && (request.Continue is not null || string.IsNullOrEmpty(version)))
        {
            throw Invalid("resourceVersionMatch", request.Continue is null
                ? "is forbidden without resourceVersion"
                : "is forbidden together with continue");
        }

        if (request.IsExact && request.Version is null)
        {
            throw Invalid("resourceVersionMatch", "Exact is forbidden for the version 0, which stands for any");
        }

        return request.Continue is not null && request.Version is not null
            ? throw QueryReader.Bad("resourceVersion", "a version cannot be given together with continue.")
            : request;
    }

    private static int? Limit(string? text, int max)
    {
        // Kubernetes' 0 stands for "no limit"; here every page has one.
        if (text is null or "" or "0")
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit >= 1 && limit <= max
            ? limit
            : throw QueryReader.Bad("limit", $"'{text}' is not a whole number from 1 to {max}.");
    }

    private static TimeSpan? Timeout(string? text)
    {
        if (text is null or "" or "0")
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            ? TimeSpan.FromSeconds(Math.Clamp(seconds, 1, MaxTimeoutSeconds))
            : throw QueryReader.Bad("timeoutSeconds", $"'{text}' is not a whole number of seconds.");
    }

    private static ApiException Invalid(string field, string message) => new(StatusFactory.InvalidOptions("ListOptions", field, message));
}
