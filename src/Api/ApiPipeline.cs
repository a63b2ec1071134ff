using Kontinue.Api.Access;
using Kontinue.Api.Limits;
using Kontinue.Api.Responses;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kontinue.Api;

/// <summary>What happens around every request: the guards, the choice by method, and errors turned into a <c>Status</c>.</summary>
/// <remarks>Methods are told apart here and not by routing, because routing answers a wrong method without a body.</remarks>
internal sealed class ApiPipeline(IEndpointRouteBuilder endpoints, RequestGuards guards, StatusFactory statuses)
{
    /// <summary>What the audit trail shows for a caller who did not stay for the answer. The number is nginx's.</summary>
    private const int CallerWentAway = 499;

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
        RequestTarget target = RequestTarget.Of(pattern, guards.Group);
        endpoints.Map(pattern, context => RunAsync(
            context, target, handlers.GetValueOrDefault(context.Request.Method) ?? (c => RefuseMethodAsync(c, allowed))));
    }

    /// <summary>Maps what nothing else has matched.</summary>
    public void MapUnknown(string pattern) => endpoints.Map(pattern, context => RunAsync(
        context, RequestTarget.OfUnknown(context.Request.Path, guards.Group),
        static c => throw new ApiException(StatusFactory.UnknownPath(c.Request.Path)))).Add(b => ((RouteEndpointBuilder)b).Order = int.MaxValue);

    private static Task RefuseMethodAsync(HttpContext context, string allowed)
    {
        context.Response.Headers.Allow = allowed;
        throw new ApiException(StatusFactory.MethodNotAllowed(context.Request.Method, allowed));
    }

    private async Task RunAsync(HttpContext context, RequestTarget target, RequestDelegate handler)
    {
        RequestAttributes request = target.Describe(context.Request);
        long begun = guards.Audit.Begin();
        Caller? caller = null;
        LimitLease lease = default;
        bool answered = true;
        try
        {
            guards.Origins.Check(context);
            caller = guards.Access.Authenticate(context, request);
            guards.Access.Authorize(context, caller, request);
            if (request.Verb is AccessVerb.Update or AccessVerb.Patch)
            {
                context.Features.Set(new RequestPermit(guards.Access, caller, request));
            }

            lease = guards.Limits.Enter(context, request, caller);
            if (!lease.Turn.IsCompletedSuccessfully)
            {
                await lease.Turn;
                context.RequestAborted.ThrowIfCancellationRequested();
            }

            await handler(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read an answer.
            answered = false;
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            await Answer.StatusAsync(context, statuses.From(e, context));
        }
        finally
        {
            lease.GiveBack();
            guards.Audit.Record(context, request, caller, begun, answered ? context.Response.StatusCode : CallerWentAway);
        }
    }
}
