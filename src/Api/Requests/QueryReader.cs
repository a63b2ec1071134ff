using System.Globalization;
using Kontinue.Api.Responses;
using Kontinue.Client;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Kontinue.Api.Requests;

/// <summary>Reads query parameters. Unknown ones are passed over, as Kubernetes does; those that cannot be read are refused.</summary>
internal static class QueryReader
{
    /// <summary>The <c>wait</c> parameter; zero when there is none.</summary>
    public static TimeSpan Wait(HttpRequest request)
    {
        if (!request.QueryString.HasValue || !request.Query.TryGetValue("wait", out StringValues values))
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

    /// <summary>Whether there is a <c>wait</c> that takes time; one that cannot be read takes none, because it is refused.</summary>
    public static bool HasWait(HttpRequest request) =>
        request.QueryString.HasValue && request.Query.TryGetValue("wait", out StringValues values) &&
        Duration.TryParse(values.ToString(), out TimeSpan wait) && wait > TimeSpan.Zero;

    /// <summary>Whether nothing shall be done but the checks: <c>dryRun=All</c>.</summary>
    public static bool DryRun(HttpRequest request)
    {
        if (!request.QueryString.HasValue || !request.Query.TryGetValue("dryRun", out StringValues values))
        {
            return false;
        }

        foreach (string? value in values)
        {
            if (value is not (null or "" or "All"))
            {
                throw Bad("dryRun", $"'{value}' is not supported. Write dryRun=All, or leave it out.");
            }
        }

        return values.Any(v => v is "All");
    }

    /// <summary>A parameter that says yes or no; null when there is none.</summary>
    public static bool? Flag(HttpRequest request, string name)
    {
        if (!request.QueryString.HasValue || !request.Query.TryGetValue(name, out StringValues values))
        {
            return null;
        }

        return values.ToString() switch
        {
            "true" or "1" or "" => true,
            "false" or "0" => false,
            string text => throw Bad(name, $"'{text}' is not one of true, false."),
        };
    }

    /// <summary>A whole number.</summary>
    /// <param name="request">The request.</param>
    /// <param name="name">The parameter.</param>
    /// <param name="min">The smallest value.</param>
    /// <param name="max">The largest value.</param>
    /// <returns>Null when there is none.</returns>
    public static long? Number(HttpRequest request, string name, long min, long max)
    {
        string? text = request.Query[name];
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= min && number <= max
            ? number
            : throw Bad(name, string.Create(CultureInfo.InvariantCulture, $"'{text}' is not a whole number from {min} to {max}."));
    }

    public static ApiException Bad(string parameter, string message) => new(StatusFactory.BadParameter(parameter, message));
}
