using Kontinue.Api;
using Kontinue.Api.Access;
using Kontinue.Engine;
using Kontinue.Engine.Hosting;
using Kontinue.Grains.Hosting;
using Kontinue.Grains.Jobs;
using Kontinue.Jobs;
using Kontinue.Silo.Health;
using Kontinue.Silo.Hosting;
using Kontinue.Silo.Modules;
using Kontinue.Silo.Settings;
using Kontinue.Silo.Telemetry;
using Kontinue.Storage.PostgreSql;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Dashboard;

namespace Kontinue.Silo;

/// <summary>Puts a silo together.</summary>
public sealed class KontinueSiloBuilder
{
    private readonly WebApplicationBuilder _builder;
    private readonly StartLog _startLog = new();
    private readonly List<Action<KontinueBuilder>> _functions = [];
    private readonly List<Action<ISiloBuilder>> _orleans = [];
    private readonly string[] _args;
    private readonly SiloStartException? _unreadable;
    private Action<KontinueBuilder>? _samples;

    internal KontinueSiloBuilder(string[] args)
    {
        _args = args;

        try
        {
            // Beside the program and not where it was called from: settings belong to the image.
            _builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        }
        catch (Exception e) when (SettingsFailures.Explain(e) is { } explanation)
        {
            // Said when it is built, as all that is wrong with settings: who begins a silo expects nothing here and would end with a stack trace.
            _unreadable = new SiloStartException(explanation, e);
            _builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        }

        _builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        _startLog.Apply(_builder.Logging);
    }

    /// <summary>The settings as they were read; more may be added. Empty where they cannot be read, which ends with an exception when the silo is built.</summary>
    public IConfigurationManager Configuration => _builder.Configuration;

    /// <summary>The services of the process.</summary>
    public IServiceCollection Services => _builder.Services;

    /// <summary>Where log lines go.</summary>
    public ILoggingBuilder Logging => _builder.Logging;

    /// <summary>Registers functions.</summary>
    public KontinueSiloBuilder Configure(Action<KontinueBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _functions.Add(configure);
        return this;
    }

    /// <summary>Changes the Orleans silo, after the settings have been applied to it.</summary>
    public KontinueSiloBuilder ConfigureOrleans(Action<ISiloBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _orleans.Add(configure);
        return this;
    }

    /// <summary>What the setting <c>Samples</c> registers.</summary>
    internal KontinueSiloBuilder UseSamples(Action<KontinueBuilder> samples)
    {
        _samples = samples;
        return this;
    }

    /// <summary>Builds the application. It starts and stops the silo as it starts and stops itself.</summary>
    /// <exception cref="SiloStartException">Settings cannot be read or cannot work, or functions cannot be loaded.</exception>
    public WebApplication Build()
    {
        CommandLineCheck.Check(_args);
        if (_unreadable is not null)
        {
            throw _unreadable;
        }

        SiloSettings settings = SiloSettings.Read(_builder.Configuration);
        AddServices(settings);
        WebApplication app = _builder.Build();
        app.Lifetime.ApplicationStarted.Register(_startLog.Started);
        ApiSetup.UseHealthPort(app, settings.Silo.HealthPort);
        if (settings.Silo.Dashboard)
        {
            app.UseKontinueAdminGate(ApiSetup.DashboardPath);
            app.MapOrleansDashboard(ApiSetup.DashboardPath);
        }

        app.MapKontinueApi();
        return app;
    }

    /// <summary>Builds the silo, starts it, and waits until it was told to stop (SIGTERM, Ctrl-C) and has handed over what it had.</summary>
    /// <returns>The exit code: 0 after a clean stop; 1 when it could not start, or had lost its name or its membership, 2 when its settings cannot work; why is on standard error.</returns>
    public Task<int> RunAsync() => new SiloRun(this).RunAsync();

    private void AddServices(SiloSettings settings)
    {
        IServiceCollection services = _builder.Services;
        services.AddSingleton(settings);
        services.AddHostedService(_ => new StartChecks(settings));
        services.Configure<HostOptions>(o => o.ShutdownTimeout = settings.ShutdownTimeout);
        services.AddKontinueApi(settings.Apply);
        services.Configure<KontinueOptions>(settings.Apply);
        var engine = new KontinueOptions();
        settings.Apply(engine);
        if (settings.Silo.OtlpEndpoint is not null)
        {
            services.AddHostedService(_ => new TelemetryExport(settings.Silo, engine.SiloName, engine.Version));
        }

        _builder.Host.UseOrleans(silo =>
        {
            OrleansSetup.Apply(silo, settings, engine.SiloName);
            silo.AddKontinue(kontinue => AddFunctions(kontinue, settings), settings.Apply);
            foreach (Action<ISiloBuilder> configure in _orleans)
            {
                configure(silo);
            }

            AddHealth(silo.Services);
        });
        if (settings.Silo.OtlpEndpoint is not null)
        {
            // After Orleans: its figures are the running silo's.
            _builder.Host.ConfigureServices(static (_, s) => s.AddSingleton<SiloFigures>().AddHostedService<SiloMeter>());
        }

        _builder.WebHost.UseUrls().ConfigureKestrel(kestrel => ApiSetup.Listen(kestrel, settings.Silo));
    }

    private void AddFunctions(KontinueBuilder kontinue, SiloSettings settings)
    {
        kontinue.UsePostgreSql(settings.ConnectionString, settings.Apply);
        if (settings.Jobs.Runner == SiloJobRunner.Local)
        {
            kontinue.UseLocalJobs(settings.Apply).UseJobGatewayGrain(settings.Apply);
        }

        foreach (Action<KontinueBuilder> functions in _functions)
        {
            functions(kontinue);
        }

        if (settings.Silo.Samples)
        {
            Action<KontinueBuilder> samples = _samples
                ?? throw new SiloStartException($"{KontinueSiloOptions.Section}:Samples is on, but this program has no sample functions. Turn it off.");
            samples(kontinue);
        }

        ModuleLoader.Configure(kontinue, settings.Silo.Functions);
    }

    private static void AddHealth(IServiceCollection services)
    {
        ServiceDescriptor engine = services.Last(s => s.ServiceType == typeof(IHostHealth));
        services.Remove(engine);
        services.AddSingleton<IHostHealth>(provider => new SiloHealth(
            (IHostHealth)engine.ImplementationFactory!(provider), provider.GetRequiredService<ILocalSilo>(),
            provider.GetRequiredService<IHostApplicationLifetime>(), new(provider.GetRequiredService<ISiloStatusOracle>)));
    }
}
