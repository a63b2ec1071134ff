using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kontinue.Api;

/// <summary>What happens around every request: the gate, the choice by method, and errors turned into a <c>Status</c>.</summary>
/// <remarks>Methods are told apart here and not by routing, because routing answers a wrong method without a body.</remarks>
internal sealed class ApiPipeline(IEndpointRouteBuilder endpoints, OriginGate gate, StatusFactory statuses)
{
    /// <summary>Maps a path. GET stands for HEAD too.</summary>
    public void Map(
        string pattern, RequestDelegate? get = null, RequestDelegate? post = null, RequestDelegate? put = null,
        RequestDelegate? patch = null, RequestDelegate? delete = null)
    {
        (string Method, RequestDelegate? Handler)[] all =
        [
            ("GET", get), ("HEAD", get), ("POST", post), ("PUT", put), ("PATCH", patch), ("DELETE", delete),
        ];
        Dictionary<string, RequestDelegate> handlers = all.Where(m => m.Handler is not null)
            .ToDictionary(m => m.Method, m => m.Handler!, StringComparer.OrdinalIgnoreCase);
        string allowed = string.Join(", ", handlers.Keys);
        endpoints.Map(pattern, context => RunAsync(
            context, handlers.GetValueOrDefault(context.Request.Method) ?? (c => RefuseMethodAsync(c, allowed))));
    }

    /// <summary>Maps what nothing else has matched.</summary>
    public void MapUnknown(string pattern) => endpoints.Map(pattern, context => RunAsync(context, static c =>
        throw new ApiException(StatusFactory.UnknownPath(c.Request.Path)))).Add(b => ((RouteEndpointBuilder)b).Order = int.MaxValue);

    private static Task RefuseMethodAsync(HttpContext context, string allowed)
    {
        context.Response.Headers.Allow = allowed;
        throw new ApiException(StatusFactory.MethodNotAllowed(context.Request.Method, allowed));
    }

    private async Task RunAsync(HttpContext context, RequestDelegate handler)
    {
        try
        {
            gate.Check(context);
            await handler(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read an answer.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            await Answer.StatusAsync(context, statuses.From(e, context));
        }
    }
}
