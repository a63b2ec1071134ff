using Kontinue.Api.Responses;
using Kontinue.Engine;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Requests;

/// <summary>Reads names from a request's path. What no execution can be called is refused here, before a store sees it.</summary>
internal static class PathReader
{
    /// <summary>The namespace; null on a path across namespaces.</summary>
    public static string? Namespace(HttpRequest request)
    {
        var ns = (string?)request.RouteValues["ns"];
        return ns is null || Names.IsNamespace(ns) ? ns : throw new ApiException(StatusFactory.Invalid(name: null,
            [new StatusCause(CauseReason.Invalid, $"'{ns}' is not a namespace. {Names.NamespaceRule}", "metadata.namespace")]));
    }

    /// <summary>The execution that is named.</summary>
    /// <exception cref="ExecutionNotFoundException">Nothing can have that name.</exception>
    public static ExecutionKey Key(HttpRequest request)
    {
        var key = new ExecutionKey(Namespace(request)!, (string)request.RouteValues["name"]!);
        return Names.IsExecutionName(key.Name) ? key : throw new ExecutionNotFoundException(key);
    }
}
