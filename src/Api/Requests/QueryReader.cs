using System.Globalization;
using Kontinue.Api.Responses;
using Kontinue.Client;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Requests;

/// <summary>Reads query parameters. Unknown ones are passed over, as Kubernetes does; those that would change the meaning are refused.</summary>
internal static class QueryReader
{
    /// <summary>The <c>wait</c> parameter; zero when there is none.</summary>
    public static TimeSpan Wait(HttpRequest request)
    {
        if (!request.QueryString.HasValue || !request.Query.TryGetValue("wait", out var values))
        {
            return TimeSpan.Zero;
        }

        string text = values.ToString();
        if (!Duration.TryParse(text, out TimeSpan wait))
        {
            throw Bad("wait", $"'{text}' is not a duration. Write a number and a unit, such as 30s or 5m.");
        }

        return wait <= KontinueClientExtensions.MaxWait
            ? wait
            : throw Bad("wait", $"{Duration.Format(wait)} is more than the longest wait, {Duration.Format(KontinueClientExtensions.MaxWait)}. Ask again after it.");
    }

    /// <summary>Refuses a dry run rather than doing what it says not to do.</summary>
    public static void RefuseDryRun(HttpRequest request)
    {
        if (request.QueryString.HasValue && request.Query.ContainsKey("dryRun"))
        {
            throw Bad("dryRun", "dry runs are not supported.");
        }
    }

    /// <summary>The parameters of a list.</summary>
    public static ListQuery List(HttpRequest request, string? ns)
    {
        IQueryCollection query = request.Query;
        if (query.TryGetValue("watch", out var watch) && watch.ToString() is not ("false" or "0"))
        {
            throw Bad("watch", "watching is not supported.");
        }

        string? fields = query["fieldSelector"];
        (ExecutionPhase? phase, string? function) = Selectors.Fields(fields);
        string? continuation = query["continue"];
        return new ListQuery
        {
            Limit = Limit(query["limit"]),
            Continue = string.IsNullOrEmpty(continuation) ? null : continuation,
            Selector = new ExecutionSelector
            {
                Namespace = ns,
                Phases = phase is { } one ? new HashSet<ExecutionPhase> { one } : null,
                Function = function,
                Labels = Selectors.Labels(query["labelSelector"])?.Select(l => LabelRequirement.Equal(l.Key, l.Value)).ToList(),
            },
        };
    }

    public static ApiException Bad(string parameter, string message) => new(StatusFactory.BadParameter(parameter, message));

    private static int Limit(string? text)
    {
        // Kubernetes' 0 stands for "no limit"; here every page has one.
        if (text is null or "" or "0")
        {
            return ListQuery.MaxLimit;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit <= ListQuery.MaxLimit
            ? limit
            : throw Bad("limit", $"'{text}' is not a whole number from 1 to {ListQuery.MaxLimit}.");
    }
}
