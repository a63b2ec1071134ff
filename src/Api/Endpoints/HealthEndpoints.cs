using System.Text;
using Kontinue.Api.Responses;
using Kontinue.Engine;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Endpoints;

/// <summary>
/// Health, as plain text like Kubernetes' own: whether the process lives, and whether the host takes work. Only what a restart mends counts as dead: a store that is away does not.
/// </summary>
internal sealed class HealthEndpoints(IHostHealth? health)
{
    private const string PlainText = "text/plain; charset=utf-8";

    private static readonly byte[] Ok = "ok"u8.ToArray();

    public void Map(ApiPipeline pipeline)
    {
        pipeline.Map("/healthz", context => TellAsync(context, health is null or { IsAlive: true }));
        pipeline.Map("/livez", context => TellAsync(context, health is null or { IsAlive: true }));
        pipeline.Map("/readyz", context => TellAsync(context, health is null or { IsReady: true }));
    }

    private Task TellAsync(HttpContext context, bool isWell) => isWell
        ? Answer.BytesAsync(context, Ok, PlainText)
        : Answer.BytesAsync(context, Encoding.UTF8.GetBytes(health!.Message), PlainText, StatusCodes.Status503ServiceUnavailable);
}
