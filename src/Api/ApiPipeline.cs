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
    /// <summary>Maps a path that is read with GET (and HEAD) and may be changed with POST.</summary>
    public void Map(string pattern, RequestDelegate? get = null, RequestDelegate? post = null)
    {
        string allowed = (get, post) switch
        {
            (not null, not null) => "GET, HEAD, POST",
            (not null, null) => "GET, HEAD",
            _ => "POST",
        };
        endpoints.Map(pattern, context => RunAsync(context, Choose(context.Request.Method) ?? (c => RefuseMethodAsync(c, allowed))));

        RequestDelegate? Choose(string method) =>
            HttpMethods.IsPost(method) ? post : HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? get : null;
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
