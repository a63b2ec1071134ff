using Kontinue.Api.Responses;
using Kontinue.Engine;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Requests;

/// <summary>Reads names from a request's path. What nothing can be called is refused here, before a store sees it.</summary>
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
        var key = new ExecutionKey(Namespace(request)!, Name(request));
        return Names.IsExecutionName(key.Name) ? key : throw new ExecutionNotFoundException(key);
    }

    /// <summary>The suspension that is named, and the execution that it belongs to.</summary>
    /// <exception cref="ApiException">404: nothing can have that name.</exception>
    public static (string Name, ExecutionKey Execution) Suspension(HttpRequest request)
    {
        string ns = Namespace(request)!;
        string name = Name(request);
        return SuspensionNameRule.IsMet(name)
            ? (name, new ExecutionKey(ns, SuspensionName.ExecutionOf(name)!))
            : throw new ApiException(StatusFactory.NotFound("suspensions", $"{ns}/{name}", name));
    }

    /// <summary>The archived execution that is named: by its root's name, with or without the uid.</summary>
    /// <exception cref="ApiException">404: nothing can have that name.</exception>
    public static (ExecutionKey Key, Guid? Uid) Archive(HttpRequest request)
    {
        string ns = Namespace(request)!;
        string name = Name(request);
        (string execution, Guid? uid) = ArchivedExecution.ParseName(name);
        return Names.IsExecutionName(execution)
            ? (new ExecutionKey(ns, execution), uid)
            : throw new ApiException(StatusFactory.NotFound("archivedexecutions", $"{ns}/{name}", name));
    }

    /// <summary>The name in the path, whatever it is of.</summary>
    public static string Name(HttpRequest request) => (string)request.RouteValues["name"]!;
}
