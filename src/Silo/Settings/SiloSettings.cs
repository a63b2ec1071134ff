using Kontinue.Api;
using Kontinue.Engine;
using Kontinue.Grains;
using Kontinue.Grains.Jobs;
using Kontinue.Jobs;
using Kontinue.Storage.PostgreSql;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Kontinue.Silo.Settings;

/// <summary>Everything that a silo was told, read from its configuration: files, environment, command line.</summary>
internal sealed class SiloSettings
{
    /// <summary>The section of <see cref="KontinueOptions"/>.</summary>
    public const string EngineSection = "Kontinue:Engine";

    /// <summary>The section of <see cref="KontinueApiOptions"/>.</summary>
    public const string ApiSection = "Kontinue:Api";

    /// <summary>The section of <see cref="PostgreSqlStoreOptions"/>.</summary>
    public const string StoreSection = "Kontinue:PostgreSql";

    /// <summary>The section of <see cref="GrainOptions"/>.</summary>
    public const string GrainSection = "Kontinue:Grains";

    private const string LocalJobsSection = SiloJobsOptions.Section + ":" + nameof(SiloJobsOptions.Local);
    private const string JobGatewaySection = SiloJobsOptions.Section + ":" + nameof(SiloJobsOptions.Gateway);
    private const string Root = "Kontinue";

    /// <summary>Shorter than the engine's own: membership tells of dead silos long before, so a lease need not outlast pauses of a network.</summary>
    private static readonly TimeSpan DefaultLease = TimeSpan.FromSeconds(10);

    private readonly IConfiguration _configuration;

    private SiloSettings(IConfiguration configuration) => _configuration = configuration;

    public KontinueSiloOptions Silo { get; } = new();

    public SiloMembershipOptions Membership { get; } = new();

    public GrainOptions Grains { get; } = new();

    public SiloJobsOptions Jobs { get; } = new();

    /// <summary>How long a silo has to stop: what it lets its steps have, and some more.</summary>
    public TimeSpan ShutdownTimeout { get; private set; }

    public string ConnectionString => Silo.ConnectionString!;

    /// <exception cref="SiloStartException">Settings cannot work; all of them are named.</exception>
    public static SiloSettings Read(IConfiguration configuration)
    {
        var settings = new SiloSettings(configuration);
        settings.CheckSections();
        SettingsSection.Bind(configuration, KontinueSiloOptions.Section, settings.Silo);
        SettingsSection.Bind(configuration, SiloMembershipOptions.Section, settings.Membership);
        SettingsSection.Bind(configuration, GrainSection, settings.Grains);
        SettingsSection.Bind(configuration, SiloJobsOptions.Section, settings.Jobs);
        settings.Silo.ConnectionString ??= NotEmpty(configuration[KontinueSiloOptions.PostgresVariable]);
        settings.Silo.AdvertisedAddress ??= NotEmpty(configuration[KontinueSiloOptions.PodIpVariable]);
        settings.Silo.OtlpEndpoint ??= NotEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        settings.CheckKubernetes();
        settings.CheckJobs();
        Require(
            new KontinueSiloOptionsValidator().Validate(name: null, settings.Silo),
            new SiloMembershipOptionsValidator().Validate(name: null, settings.Membership));
        var engine = new KontinueOptions();
        settings.Apply(engine);
        settings.CheckPodName(engine.SiloName);
        settings.ShutdownTimeout = engine.ShutdownGrace + TimeSpan.FromSeconds(15);

        // So that what cannot be read is said now, and not out of the middle of the start.
        settings.Apply(new KontinueApiOptions());
        settings.Apply(new PostgreSqlStoreOptions { ConnectionString = settings.ConnectionString });
        return settings;
    }

    public void Apply(KontinueOptions options)
    {
        options.SiloName = NotEmpty(_configuration[KontinueSiloOptions.PodNameVariable]) ?? options.SiloName;
        options.Lease = DefaultLease;
        SettingsSection.Bind(_configuration, EngineSection, options);
    }

    public void Apply(KontinueApiOptions options)
    {
        // Nobody gets rights by default because a silo happens to listen on loopback.
        options.Access.Mode = Api.Access.AccessMode.ReadOnly;
        SettingsSection.Bind(_configuration, ApiSection, options);
        if (options.Access.Mode == Api.Access.AccessMode.Header && Silo.ApiPort != 0)
        {
            throw new SiloStartException(
                $"{ApiSection}:Access:Mode is Header, and {KontinueSiloOptions.Section}:ApiPort is {Silo.ApiPort}: the proxy shows who it is with a TLS certificate, which " +
                "http has not. Set ApiPort to 0 and TlsPort to 8443.");
        }

        if (Silo.TlsPort != 0 && (options.Tls.CertificateFile is null || options.Tls.PrivateKeyFile is null))
        {
            throw new SiloStartException($"{KontinueSiloOptions.Section}:TlsPort is {Silo.TlsPort}: set {ApiSection}:Tls:CertificateFile and {ApiSection}:Tls:PrivateKeyFile.");
        }

        if (Silo.TlsPort == 0 && options.Tls.CertificateFile is not null)
        {
            throw new SiloStartException($"{ApiSection}:Tls:CertificateFile is set, but {KontinueSiloOptions.Section}:TlsPort is 0: nothing would use it. Set it to 8443.");
        }
    }

    public void Apply(PostgreSqlStoreOptions options)
    {
        if (_configuration[$"{StoreSection}:{nameof(options.ConnectionString)}"] is not null)
        {
            throw new SiloStartException(
                $"{StoreSection}:{nameof(options.ConnectionString)} is set elsewhere: as {KontinueSiloOptions.PostgresVariable} or {KontinueSiloOptions.Section}:ConnectionString.");
        }

        if (_configuration[$"{StoreSection}:{nameof(options.CreateSchema)}"] is not null)
        {
            throw new SiloStartException(
                $"{StoreSection}:{nameof(options.CreateSchema)} is set elsewhere: as {KontinueSiloOptions.Section}:{nameof(Silo.CreateSchema)}, for the tables of Orleans too.");
        }

        options.CreateSchema = Silo.CreateSchema;
        SettingsSection.Bind(_configuration, StoreSection, options);
    }

    public void Apply(GrainOptions options) => SettingsSection.Bind(_configuration, GrainSection, options);

    public void Apply(LocalJobsOptions options)
    {
        // Silos may be started in one folder, and each needs its own.
        var engine = new KontinueOptions();
        Apply(engine);
        options.StateDirectory = Path.Combine(options.StateDirectory, engine.SiloName);
        SettingsSection.Bind(_configuration, LocalJobsSection, options);
    }

    public void Apply(JobGatewayOptions options) => SettingsSection.Bind(_configuration, JobGatewaySection, options);

    private void CheckSections()
    {
        string[] known = ["Silo", "Membership", "Engine", "Grains", "Jobs", "Api", "PostgreSql"];
        if (_configuration.GetSection(Root).GetChildren().FirstOrDefault(s => !known.Contains(s.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            throw new SiloStartException($"{Root}:{unknown.Key} is no section of settings. There are: {string.Join(", ", known.Select(name => $"{Root}:{name}"))}.");
        }
    }

    private void CheckJobs()
    {
        if (!Enum.IsDefined(Jobs.Runner))
        {
            throw new SiloStartException($"{SiloJobsOptions.Section}:Runner has no value {Jobs.Runner}; write None or Local.");
        }

        if (Jobs.Runner == SiloJobRunner.None &&
            _configuration.GetSection(SiloJobsOptions.Section).GetChildren().FirstOrDefault(s => !string.Equals(s.Key, nameof(Jobs.Runner), StringComparison.OrdinalIgnoreCase)) is { } idle)
        {
            throw new SiloStartException($"{idle.Path} is set, but {SiloJobsOptions.Section}:Runner is None: nothing would use it. Set Runner to Local.");
        }
    }

    private void CheckKubernetes()
    {
        if (Silo.Clustering != SiloClustering.Kubernetes)
        {
            return;
        }

        string[] missing = [.. new[] { "KUBERNETES_SERVICE_HOST", KontinueSiloOptions.PodNameVariable, KontinueSiloOptions.PodNamespaceVariable }
            .Where(name => string.IsNullOrEmpty(_configuration[name]))];
        if (missing.Length > 0)
        {
            throw new SiloStartException(
                $"{KontinueSiloOptions.Section}:Clustering is Kubernetes, but {string.Join(", ", missing)} {(missing.Length == 1 ? "is" : "are")} not in the environment: " +
                "it works in pods only, with POD_NAME and POD_NAMESPACE from the downward API. Elsewhere use AdoNet, which has the same table of members.");
        }
    }

    /// <summary>Silos take members for dead that no pod has the name of.</summary>
    private void CheckPodName(string siloName)
    {
        string? pod = _configuration[KontinueSiloOptions.PodNameVariable];
        if (Silo.Clustering == SiloClustering.Kubernetes && !string.Equals(siloName, pod, StringComparison.Ordinal))
        {
            throw new SiloStartException(
                $"{EngineSection}:{nameof(KontinueOptions.SiloName)} is '{siloName}', and the pod is '{pod}': with {KontinueSiloOptions.Section}:Clustering Kubernetes a silo has the name of its pod, " +
                "or the others would take it for dead. Leave the setting out.");
        }
    }

    private static void Require(params ValidateOptionsResult[] results)
    {
        string[] failures = [.. results.SelectMany(result => result.Failures ?? [])];
        if (failures.Length > 0)
        {
            throw new SiloStartException(string.Join(Environment.NewLine, failures));
        }
    }

    private static string? NotEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
