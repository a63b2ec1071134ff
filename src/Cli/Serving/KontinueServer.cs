using Kontinue.Api;
using Kontinue.Api.Access;
using Kontinue.Engine;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Hosting;
using Kontinue.Jobs;
using Kontinue.Samples.Checksums;
using Kontinue.Samples.Deployment;
using Kontinue.Samples.Small;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Kontinue.Cli.Serving;

/// <summary>A server: one process with its functions, its store and the API.</summary>
internal sealed class KontinueServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private KontinueServer(WebApplication app) => _app = app;

    /// <summary>Where it listens, with the port that was taken when 0 was asked for.</summary>
    public IReadOnlyList<string> Urls => [.. _app.Urls];

    /// <summary>What it goes by.</summary>
    public KontinueOptions Options => _app.Services.GetRequiredService<IOptions<KontinueOptions>>().Value;

    public IReadOnlyList<string> Functions => [.. _app.Services.GetRequiredService<FunctionRegistry>().Names.Order(StringComparer.Ordinal)];

    /// <summary>Puts a server together. Nothing is read from configuration files: the settings say it all.</summary>
    /// <exception cref="InvalidOperationException">A file for access or TLS cannot be used.</exception>
    public static KontinueServer Create(ServerSettings settings, TextWriter? error = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "kontinue" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.UseKontinueLimits();
            foreach (ListenAddress address in settings.Addresses)
            {
                address.Bind(k);
            }
        });
        AddLogging(builder.Logging, settings.Verbose, settings.Access, error ?? TextWriter.Null);

        // The host's own lifetime takes every signal as the first one.
        builder.Services.RemoveAll<IHostLifetime>();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = new KontinueOptions().ShutdownGrace + TimeSpan.FromSeconds(10));
        builder.Services.AddKontinue(k =>
        {
            settings.Store.Apply(k);
            k.Configure(settings.Apply);
            if (settings.LocalJobs is { } folder)
            {
                k.UseLocalJobs(o => o.StateDirectory = folder);
            }

            if (settings.Samples)
            {
                SmallFunctions.Register(k);
                ChecksumTree.Register(k);
                DeployCluster.Register(k);
            }
        });
        builder.Services.AddKontinueApi(settings.Access.Apply);
        WebApplication app = builder.Build();
        app.MapKontinueApi();
        return new KontinueServer(app);
    }

    public Task StartAsync(CancellationToken cancellationToken) => _app.StartAsync(cancellationToken);

    public Task StopAsync() => _app.StopAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void AddLogging(ILoggingBuilder logging, bool verbose, ServerAccess access, TextWriter error)
    {
        logging.AddSimpleConsole(c =>
        {
            c.SingleLine = true;
            c.TimestampFormat = "HH:mm:ss.fff ";
        });
        logging.Services.Configure<ConsoleLoggerOptions>(c => c.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.SetMinimumLevel(verbose ? LogLevel.Debug : LogLevel.Warning);
        logging.AddFilter("Microsoft", verbose ? LogLevel.Information : LogLevel.Error);

        // What keeps a server from starting is said in one line by the command.
        logging.AddFilter("Microsoft.Extensions.Hosting", verbose ? LogLevel.Information : LogLevel.None);

        // The audit trail goes where it was asked for, and nowhere else.
        logging.AddFilter(KontinueAccessOptions.AuditCategory, LogLevel.None);
        logging.AddFilter<ConsoleLoggerProvider>(KontinueAccessOptions.AuditCategory, access.Audit ? LogLevel.Information : LogLevel.None);
        if (access.AuditLog is not null)
        {
            var file = AuditFile.Open(access.AuditLog, error, TimeProvider.System);
            logging.Services.AddSingleton<ILoggerProvider>(_ => file);
            logging.AddFilter<AuditFile>(category: null, LogLevel.None);
            logging.AddFilter<AuditFile>(KontinueAccessOptions.AuditCategory, LogLevel.Information);
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
