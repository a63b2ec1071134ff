using Kontinue.Engine;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Storage;
using Kontinue.Grains.Membership;
using Kontinue.Silo.Schema;
using Kontinue.Silo.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Kontinue.Silo.Hosting;

/// <summary>A silo's life as a process: start, say so, wait for a signal, stop in order; and what went wrong, in words for its operator.</summary>
internal sealed class SiloRun(KontinueSiloBuilder builder)
{
    private const int Ok = 0;
    private const int Failed = 1;
    private const int BadSettings = 2;

    /// <summary>How long what has started is given to stop when the rest did not.</summary>
    private static readonly TimeSpan AbortPatience = TimeSpan.FromSeconds(10);

    public async Task<int> RunAsync()
    {
        WebApplication app;
        try
        {
            app = builder.Build();
        }
        catch (Exception e) when (e is SiloStartException or OptionsValidationException or ArgumentException or InvalidOperationException)
        {
            return await FailAsync(BadSettings, e.Message).ConfigureAwait(false);
        }

        await using (app.ConfigureAwait(false))
        {
            SiloSettings settings = app.Services.GetRequiredService<SiloSettings>();
            try
            {
                await app.StartAsync().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Whatever kept it from starting is said in words.
            catch (Exception e)
#pragma warning restore CA1031
            {
                await AbortAsync(app).ConfigureAwait(false);
                return await FailAsync(
                    e is OptionsValidationException ? BadSettings : Failed, (e is OperationCanceledException ? Fault(app.Services) : null) ?? Explain(e)).ConfigureAwait(false);
            }

            await Console.Out.WriteLineAsync(Banner(app, settings)).ConfigureAwait(false);
            await app.WaitForShutdownAsync().ConfigureAwait(false);
            if (Fault(app.Services) is { } fault)
            {
                return await FailAsync(Failed, fault).ConfigureAwait(false);
            }

            // Who starts it again after failures only must do so now.
            return app.Services.GetRequiredService<SelfEnd>().Reason is { } reason
                ? await FailAsync(Failed, $"The silo ended itself, for {reason}. Start it again.").ConfigureAwait(false)
                : Ok;
        }
    }

    /// <summary>Which part has failed by itself, which ends the host; null: none.</summary>
    private static string? Fault(IServiceProvider services) => services.GetServices<IHostedService>().OfType<BackgroundService>()
        .Where(part => part.ExecuteTask is { IsFaulted: true })
        .Select(part => $"{part.GetType().FullName} failed, and with it the silo: {part.ExecuteTask!.Exception!.GetBaseException().Message}").FirstOrDefault();

    private static string Banner(WebApplication app, SiloSettings settings)
    {
        KontinueOptions engine = app.Services.GetRequiredService<IOptions<KontinueOptions>>().Value;
        string[] functions = [.. app.Services.GetRequiredService<FunctionRegistry>().Names.Order(StringComparer.Ordinal)];
        return $"""
            Kontinue silo {engine.SiloName} of group {engine.WorkerGroup}, version {engine.Version}
              Cluster    {settings.Silo.ClusterId}, service {settings.Silo.ServiceId}, {settings.Silo.Clustering}
              Ports      silo {settings.Silo.SiloPort}, gateway {settings.Silo.GatewayPort}
              HTTP       {string.Join(", ", app.Urls)}
              Functions  {(functions.Length == 0 ? "none; executions are left to silos that have theirs" : string.Join(", ", functions))}
            Started.
            """;
    }

    private static async Task<int> FailAsync(int code, string message)
    {
        await Console.Error.WriteLineAsync($"error: {message}").ConfigureAwait(false);
        return code;
    }

    /// <summary>So that other silos need not find out by themselves that this one is not there.</summary>
    private static async Task AbortAsync(WebApplication app)
    {
        try
        {
            using var patience = new CancellationTokenSource(AbortPatience, TimeProvider.System);
            await app.StopAsync(patience.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The first error is the one that counts.
        catch (Exception)
#pragma warning restore CA1031
        {
            // What cannot be stopped ends with the process.
        }
    }

    private static string Explain(Exception e)
    {
        for (Exception? at = e; at is not null; at = at is AggregateException { InnerExceptions: [var first, ..] } ? first : at.InnerException)
        {
            string? known = at switch
            {
                SiloStartException or StoreException or OptionsValidationException => at.Message,

                // A part of Kontinue that cannot work here: a runner of jobs whose folder is taken, a reminder service that is missing.
                InvalidOperationException when at.Source?.StartsWith("Kontinue.", StringComparison.Ordinal) == true => at.Message,
                AddressInUseException => "A port was taken by another process while the silo started. Start again, or choose other ports.",
                _ => DatabaseFailures.Explain(at),
            };
            if (known is not null)
            {
                return known;
            }
        }

        return $"The silo could not start: {e.GetBaseException().Message}";
    }
}
