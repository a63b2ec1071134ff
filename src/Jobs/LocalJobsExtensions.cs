using Kontinue.Engine;
using Kontinue.Engine.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kontinue.Jobs;

/// <summary>Adds jobs to a host.</summary>
public static class LocalJobsExtensions
{
    /// <summary>
    /// Runs jobs and pods as processes of this machine, for development: see <see cref="LocalProcessRunner"/>. Linux only; elsewhere functions that ask for
    /// one fail.
    /// </summary>
    public static KontinueBuilder UseLocalJobs(this KontinueBuilder builder, Action<LocalJobsOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddOptions<LocalJobsOptions>();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LocalJobsOptions>, LocalJobsOptionsValidator>());
        if (configure is not null)
        {
            builder.Services.Configure(configure);
        }

        return builder.UseJobs(services => new LocalProcessRunner(
            services.GetRequiredService<IOptions<LocalJobsOptions>>().Value, services.GetRequiredService<IOptions<KontinueOptions>>().Value.SiloName,
            services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<LocalProcessRunner>>()));
    }
}
