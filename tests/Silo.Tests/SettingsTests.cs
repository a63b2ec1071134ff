using Kontinue.Api;
using Kontinue.Api.Access;
using Kontinue.Engine;
using Kontinue.Grains.Jobs;
using Kontinue.Jobs;
using Kontinue.Silo.Settings;
using Microsoft.Extensions.Configuration;
using Orleans.Configuration;
using Xunit;

namespace Kontinue.Silo.Tests;

public sealed class SettingsTests
{
    private const string Postgres = "Host=localhost;Database=kontinue";

    [Fact]
    public void Without_settings_a_silo_clusters_through_the_database_and_is_read_only()
    {
        SiloSettings settings = Read();
        var engine = new KontinueOptions();
        settings.Apply(engine);
        var api = new KontinueApiOptions();
        settings.Apply(api);
        Assert.Equal(SiloClustering.AdoNet, settings.Silo.Clustering);
        Assert.Equal(Postgres, settings.ConnectionString);
        Assert.Equal(TimeSpan.FromSeconds(10), engine.Lease);
        Assert.Equal(Environment.MachineName.ToLowerInvariant(), engine.SiloName);
        Assert.Equal(AccessMode.ReadOnly, api.Access.Mode);
        Assert.True(settings.ShutdownTimeout > engine.ShutdownGrace);
    }

    [Fact]
    public void In_a_pod_the_silo_has_the_pods_name_and_address()
    {
        SiloSettings settings = Read(("POD_NAME", "kontinue-0"), ("POD_IP", "10.1.2.3"));
        var engine = new KontinueOptions();
        settings.Apply(engine);
        Assert.Equal("kontinue-0", engine.SiloName);
        Assert.Equal("10.1.2.3", settings.Silo.AdvertisedAddress);
    }

    [Fact]
    public void Local_jobs_are_on_record_in_a_folder_of_the_silos_own()
    {
        SiloSettings settings = Read(("Kontinue:Jobs:Runner", "Local"), ("Kontinue:Jobs:Local:MaxRunning", "7"), ("Kontinue:Jobs:Gateway:RunnerPatience", "90s"), ("POD_NAME", "silo-7"));
        var local = new LocalJobsOptions();
        settings.Apply(local);
        var gateway = new JobGatewayOptions();
        settings.Apply(gateway);
        Assert.Equal((SiloJobRunner.Local, 7, Path.Combine("kontinue-jobs", "silo-7")), (settings.Jobs.Runner, local.MaxRunning, local.StateDirectory));
        Assert.Equal(TimeSpan.FromSeconds(90), gateway.RunnerPatience);

        settings = Read(("Kontinue:Jobs:Runner", "Local"), ("Kontinue:Jobs:Local:StateDirectory", "/var/lib/jobs"));
        settings.Apply(local = new LocalJobsOptions());
        Assert.Equal("/var/lib/jobs", local.StateDirectory);
        Assert.Equal(SiloJobRunner.None, Read().Jobs.Runner);
    }

    [Theory]
    [InlineData("25s", 25)]
    [InlineData("1m30s", 90)]
    [InlineData("00:00:25", 25)]
    public void Durations_are_written_with_units(string text, int seconds)
    {
        var engine = new KontinueOptions();
        Read(("Kontinue:Engine:Lease", text)).Apply(engine);
        Assert.Equal(TimeSpan.FromSeconds(seconds), engine.Lease);
    }

    [Theory]
    [InlineData("Kontinue:Engine:Lease", "10", "Write a number and a unit")]
    [InlineData("Kontinue:Engine:Json:MaxDepth", "10", "Kontinue:Engine:Json is no setting")]
    [InlineData("Kontinue:Silo:Clusterid", "a b", "ClusterId must have")]
    [InlineData("Kontinue:Silo:ServiceId", "", "ServiceId must have")]
    [InlineData("Kontinue:Silo:Port", "1", "Kontinue:Silo:Port is no setting. There are: AdvertisedAddress")]
    [InlineData("Kontinue:Sil:SiloPort", "1", "Kontinue:Sil is no section")]
    [InlineData("Kontinue:Silo:SiloPort", "many", "Kontinue:Silo:SiloPort cannot be 'many'")]
    [InlineData("Kontinue:Silo:SiloPort", "0", "SiloPort must be from 1 to 65535")]
    [InlineData("Kontinue:Silo:ApiPort", "70000", "ApiPort must be from 0 to 65535")]
    [InlineData("Kontinue:Silo:ApiPort", "8081", "port 8081 is given more than once")]
    [InlineData("Kontinue:Silo:Clustering", "Zookeeper", "Kontinue:Silo:Clustering cannot be 'Zookeeper'")]
    [InlineData("Kontinue:Silo:Clustering", "Kubernetes", "KUBERNETES_SERVICE_HOST, POD_NAME, POD_NAMESPACE are not in the environment")]
    [InlineData("Kontinue:Silo:AdvertisedAddress", "0.0.0.0", "AdvertisedAddress must be an IP address that others can reach")]
    [InlineData("Kontinue:Silo:ListenAddress", "localhost", "ListenAddress must be an IP address or '*'")]
    [InlineData("Kontinue:Silo:OtlpEndpoint", "localhost:4317", "OtlpEndpoint must be an address")]
    [InlineData("Kontinue:Jobs:Runner", "Docker", "Kontinue:Jobs:Runner cannot be 'Docker'")]
    [InlineData("Kontinue:Jobs:Local:MaxRunning", "5", "Kontinue:Jobs:Local is set, but Kontinue:Jobs:Runner is None")]
    [InlineData("Kontinue:Jobs:Local:Folder", "x", "Kontinue:Jobs:Local:Folder is no setting. There are: InheritedEnvironment, MaxLogBytes")]
    [InlineData("Kontinue:Silo:TlsPort", "8443", "set Kontinue:Api:Tls:CertificateFile")]
    [InlineData("Kontinue:Api:Tls:CertificateFile", "a.pem", "TlsPort is 0")]
    [InlineData("Kontinue:Api:Access:Mode", "Header", "Set ApiPort to 0 and TlsPort to 8443")]
    [InlineData("Kontinue:PostgreSql:ConnectionString", "Host=x", "is set elsewhere")]
    [InlineData("Kontinue:Grains:ReminderThreshold", "soon", "Kontinue:Grains:ReminderThreshold cannot be")]
    [InlineData("Kontinue:PostgreSql:CreateSchema", "false", "is set elsewhere: as Kontinue:Silo:CreateSchema")]
    [InlineData("Kontinue:Membership:ProbeTimeout", "1ms", "ProbeTimeout must be from 100ms to 1m")]
    [InlineData("Kontinue:Membership:MaxProbeTimeout", "500ms", "MaxProbeTimeout must be from 600ms")]
    [InlineData("Kontinue:Membership:Votes", "11", "Votes must be from 1 to 10")]
    [InlineData("Kontinue:Membership:ProbedSilos", "1", "ProbedSilos must be from 2 to 100")]
    [InlineData("Kontinue:Membership:MissedProbes", "0", "MissedProbes must be from 1 to 100")]
    [InlineData("Kontinue:Membership:JoinTimeout", "1s", "JoinTimeout must be from 5s to 1h")]
    public void What_cannot_work_is_refused_by_name(string key, string value, string message) =>
        Assert.Contains(message, Assert.Throws<SiloStartException>(() => Read((key, value))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_silo_in_Kubernetes_has_the_name_of_its_pod()
    {
        (string, string)[] pod = [("Kontinue:Silo:Clustering", "Kubernetes"), ("KUBERNETES_SERVICE_HOST", "10.0.0.1"), ("POD_NAME", "kontinue-0"), ("POD_NAMESPACE", "kontinue")];
        Assert.Equal("kontinue-0", NameOf(Read(pod)));
        Assert.Equal("kontinue-0", NameOf(Read([.. pod, ("Kontinue:Engine:SiloName", "kontinue-0")])));
        string message = Assert.Throws<SiloStartException>(() => Read([.. pod, ("Kontinue:Engine:SiloName", "other")])).Message;
        Assert.Contains("Kontinue:Engine:SiloName is 'other', and the pod is 'kontinue-0'", message, StringComparison.Ordinal);

        static string NameOf(SiloSettings settings)
        {
            var engine = new KontinueOptions();
            settings.Apply(engine);
            return engine.SiloName;
        }
    }

    [Fact]
    public void All_mistakes_are_named_at_once()
    {
        string message = Assert.Throws<SiloStartException>(() => Read(("Kontinue:Silo:SiloPort", "0"), ("Kontinue:Membership:Votes", "0"))).Message;
        Assert.Contains("SiloPort", message, StringComparison.Ordinal);
        Assert.Contains("Votes", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Password=secret")]
    [InlineData("what=ever;secret")]
    public void A_connection_string_that_is_none_is_refused_and_not_repeated(string text)
    {
        string message = Assert.Throws<SiloStartException>(() => Read(("KONTINUE_POSTGRES", text))).Message;
        Assert.Contains("KONTINUE_POSTGRES", message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Membership_settings_reach_Orleans()
    {
        var options = new ClusterMembershipOptions();
        Read(("Kontinue:Membership:ProbeTimeout", "1s"), ("Kontinue:Membership:Votes", "1")).Membership.Apply(options);
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(500), 1), (options.ProbeTimeout, options.MinProbeTimeout, options.NumVotesForDeathDeclaration));
    }

    [Fact]
    public void A_list_is_read_by_index() =>
        Assert.Equal(["a.dll", "b.dll"], Read(("Kontinue:Silo:Functions:0", "a.dll"), ("Kontinue:Silo:Functions:1", "b.dll")).Silo.Functions);

    private static SiloSettings Read(params (string Key, string Value)[] values)
    {
        Dictionary<string, string?> all = new(StringComparer.OrdinalIgnoreCase) { ["KONTINUE_POSTGRES"] = Postgres };
        foreach ((string key, string value) in values)
        {
            all[key] = value;
        }

        return SiloSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(all).Build());
    }
}
