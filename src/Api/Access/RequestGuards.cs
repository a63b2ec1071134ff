using Kontinue.Api.Limits;
using Kontinue.Api.Requests;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kontinue.Api.Access;

/// <summary>What a request has to pass before a handler sees it, and what is written down of it afterwards.</summary>
internal sealed record RequestGuards(ApiGroup Group, OriginGate Origins, AccessControl Access, RequestLimits Limits, AuditTrail Audit)
{
    /// <exception cref="InvalidOperationException">A file that the options name cannot be read or used.</exception>
    public static RequestGuards Create(IServiceProvider services, KontinueApiOptions options, ApiGroup group)
    {
        TimeProvider time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        ILoggerFactory logs = services.GetRequiredService<ILoggerFactory>();
        return new RequestGuards(
            group,
            new OriginGate(options),
            AccessControl.Create(options, group, services.GetService<IServer>(), time, logs.CreateLogger("Kontinue.Api.Access")),
            services.GetRequiredService<RequestLimits>(),
            new AuditTrail(logs.CreateLogger(KontinueAccessOptions.AuditCategory), time));
    }
}
