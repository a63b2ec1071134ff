using Kontinue.Api.Responses;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Kontinue.Api.Requests;

/// <summary>Chooses among the forms of an answer by the Accept header, as Kubernetes' API server does.</summary>
internal static class AcceptHeader
{
    /// <summary>What a header may have; more is a mistake or an attack.</summary>
    private const int MaxClauses = 32;

    /// <summary>The first form that is acceptable to both sides, the caller's favourite first.</summary>
    /// <param name="request">The request. Without the header, the plain form is meant.</param>
    /// <param name="isServed">
    /// Whether a form other than the plain one is served: clauses with <c>as=</c> that are not are passed over, they are no error.
    /// </param>
    /// <returns>The form; null for the plain one.</returns>
    /// <exception cref="ApiException">406: no clause is acceptable.</exception>
    public static AcceptedForm? Choose(HttpRequest request, Func<AcceptedForm, bool> isServed)
    {
        StringValues header = request.Headers.Accept;
        if (StringValues.IsNullOrEmpty(header) || (header.Count == 1 && header[0] is "application/json" or "*/*"))
        {
            return null;
        }

        if (!MediaTypeHeaderValue.TryParseList(header, out IList<MediaTypeHeaderValue>? clauses) || clauses.Count > MaxClauses)
        {
            throw new ApiException(StatusFactory.NotAcceptable(header.ToString()));
        }

        // Of equals, what is said exactly counts before what is said with a wildcard.
        foreach (MediaTypeHeaderValue clause in clauses.Where(c => c.Quality is not 0)
            .OrderByDescending(c => c.Quality ?? 1)
            .ThenBy(c => c.MatchesAllTypes ? 2 : c.MatchesAllSubTypes ? 1 : 0))
        {
            if (!IsJson(clause))
            {
                continue;
            }

            if (Parameter(clause, "as") is not { Length: > 0 } kind)
            {
                return null;
            }

            var form = new AcceptedForm(kind, Parameter(clause, "g") ?? "", Parameter(clause, "v") ?? "");
            if (isServed(form))
            {
                return form;
            }
        }

        throw new ApiException(StatusFactory.NotAcceptable(header.ToString()));
    }

    private static bool IsJson(MediaTypeHeaderValue clause) =>
        clause.MatchesAllTypes ||
        (clause.Type.Equals("application", StringComparison.OrdinalIgnoreCase) &&
            (clause.MatchesAllSubTypes || clause.SubType.Equals("json", StringComparison.OrdinalIgnoreCase)));

    private static string? Parameter(MediaTypeHeaderValue clause, string name)
    {
        foreach (NameValueHeaderValue parameter in clause.Parameters)
        {
            if (parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return HeaderUtilities.RemoveQuotes(parameter.Value).ToString();
            }
        }

        return null;
    }
}

/// <summary>A form of an answer that is not the resource itself.</summary>
/// <param name="Kind">The kind to answer with, such as Table.</param>
/// <param name="Group">Its API group.</param>
/// <param name="Version">Its version.</param>
internal readonly record struct AcceptedForm(string Kind, string Group, string Version);
