using System.Text;
using Kontinue.Api.Responses;
using Kontinue.Engine;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Endpoints;

/// <summary>Health, as plain text like Kubernetes' own: whether the process lives, and whether the host takes work.</summary>
internal sealed class HealthEndpoints(IHostHealth? health)
{
    private const string PlainText = "text/plain; charset=utf-8";

    private static readonly byte[] Ok = "ok"u8.ToArray();

    public void Map(ApiPipeline pipeline)
    {
        pipeline.Map("/healthz", context => Answer.BytesAsync(context, Ok, PlainText));
        pipeline.Map("/livez", context => Answer.BytesAsync(context, Ok, PlainText));
        pipeline.Map("/readyz", context => health is null || health.IsReady
            ? Answer.BytesAsync(context, Ok, PlainText)
            : Answer.BytesAsync(context, Encoding.UTF8.GetBytes(health.Message), PlainText, StatusCodes.Status503ServiceUnavailable));
    }
}
