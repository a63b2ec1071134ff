namespace Kontinue.Silo.Settings;

/// <summary>Settings of a silo's process: section <c>Kontinue:Silo</c>.</summary>
public sealed class KontinueSiloOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Kontinue:Silo";

    /// <summary>The environment variable with the connection string.</summary>
    public const string PostgresVariable = "KONTINUE_POSTGRES";

    /// <summary>The environment variable with the silo's name, in Kubernetes.</summary>
    public const string PodNameVariable = "POD_NAME";

    /// <summary>The environment variable with the address that others reach the silo at, in Kubernetes.</summary>
    public const string PodIpVariable = "POD_IP";

    /// <summary>The environment variable with the pod's namespace; needed with <see cref="SiloClustering.Kubernetes"/>.</summary>
    public const string PodNamespaceVariable = "POD_NAMESPACE";

    /// <summary>How silos find each other. Default <see cref="SiloClustering.AdoNet"/>.</summary>
    public SiloClustering Clustering { get; set; } = SiloClustering.AdoNet;

    /// <summary>The cluster; its silos and clients have the same. 1 to 100 letters, digits, '-', '_' or '.'. Default "kontinue".</summary>
    public string ClusterId { get; set; } = "kontinue";

    /// <summary>
    /// The service, to which reminders and grain state belong: it stays the same for as long as the database does. As <see cref="ClusterId"/>. Default "kontinue".
    /// </summary>
    public string ServiceId { get; set; } = "kontinue";

    /// <summary>
    /// The database, as Npgsql takes it. Default: the environment variable <c>KONTINUE_POSTGRES</c>, which is better for passwords than a command line.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>
    /// Whether missing tables, the store's and Orleans', are created and old ones upgraded at the start. Default true. When it is off nothing is created or
    /// altered, so the database's user needs no right to do so, and a silo whose tables are missing or of an older version ends with an error.
    /// </summary>
    public bool CreateSchema { get; set; } = true;

    /// <summary>The IP address that other silos and clients reach this one at. Default: the environment variable <c>POD_IP</c>, else the machine's first one.</summary>
    public string? AdvertisedAddress { get; set; }

    /// <summary>The port for other silos. Default 11111; 1 to 65535.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>The port for Orleans clients. Default 30000; 0 to 65535, 0: none.</summary>
    public int GatewayPort { get; set; } = 30000;

    /// <summary>The address that the API and the health endpoints listen at: an IP address, or <c>*</c> for all. Default <c>*</c>.</summary>
    public string ListenAddress { get; set; } = "*";

    /// <summary>The port of the API over http. Default 8080; 0 to 65535, 0: none.</summary>
    public int ApiPort { get; set; } = 8080;

    /// <summary>
    /// The port of the API over https, with the files of <c>Kontinue:Api:Tls</c>. Default 0: none; 0 to 65535. Kubernetes' aggregated API needs it.
    /// </summary>
    public int TlsPort { get; set; }

    /// <summary>The port of <c>/healthz</c> and <c>/readyz</c>, for probes, over http. Nothing else is served there. Default 8081; 1 to 65535.</summary>
    public int HealthPort { get; set; } = 8081;

    /// <summary>
    /// Whether Orleans' dashboard is served at <c>/dashboard</c> of the API's ports: to admins, where callers say who they are; to all who may do
    /// everything; else from this machine only. It counts every grain call, which takes time. Default false.
    /// </summary>
    public bool Dashboard { get; set; }

    /// <summary>Whether the sample functions are registered. Default false. Silos that are built from this library have none.</summary>
    public bool Samples { get; set; }

    /// <summary>Files of assemblies with functions, as classes that implement <c>IKontinueModule</c>. Default: none.</summary>
    public IList<string> Functions { get; } = [];

    /// <summary>
    /// Where metrics and traces are sent, as OTLP over gRPC: <c>http://host:4317</c>. Default: the environment variable <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, before which this goes;
    /// without either nothing is sent. The other <c>OTEL_</c> variables count as well; with <c>OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf</c> the paths are added: <c>http://host:4318</c>.
    /// </summary>
    public string? OtlpEndpoint { get; set; }
}
