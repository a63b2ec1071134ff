using System.Net;
using Kontinue.Resources;
using Kontinue.Silo.Tests.Support;
using Kontinue.Storage.PostgreSql;
using Kontinue.Testing.PostgreSql;
using Npgsql;
using Xunit;

namespace Kontinue.Silo.Tests;

/// <summary>What does not fit together says so, in a line, and nothing is lost.</summary>
[Collection(DatabaseCollection.Name)]
public sealed class BadInputTests(Database databases)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [SkippableFact]
    public async Task Who_is_of_another_cluster_or_service_or_has_the_same_name_is_told_so()
    {
        string database = await databases.NewAsync();
        int gateway = FreePorts.Take();
        await using SiloProcess one = await SiloProcess.StartAsync(database, "one", $"Kontinue:Silo:GatewayPort={gateway}");
        await using SiloProcess service = SiloProcess.Launch(database, "service", "Kontinue:Silo:ServiceId=other");
        await EndsAsync(service, 1, "The database belongs to service 'kontinue', and this silo is of service 'other'");
        await using SiloProcess cluster = SiloProcess.Launch(database, "cluster", "Kontinue:Silo:ClusterId=other");
        await EndsAsync(cluster, 1, "in use by cluster 'kontinue', and this silo is of cluster 'other'");
        await using SiloProcess alone = SiloProcess.Launch(database, "alone", "Kontinue:Silo:Clustering=Localhost");
        await EndsAsync(alone, 1, "in use by cluster 'kontinue', and this silo is of no cluster");

        // A client looks for the silos of its own cluster, and a silo lets in no others.
        UnavailableException e = await Assert.ThrowsAsync<UnavailableException>(
            () => GrainCaller.StartAsync(database, o => o.ClusterId = "other", o => o.StartTimeout = TimeSpan.FromSeconds(2)));
        Assert.StartsWith("No silo of cluster 'other' took this client in within 2s. Check that silos run", e.Message, StringComparison.Ordinal);
        Assert.Contains("that its ClusterId is theirs", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<UnavailableException>(() => GrainCaller.StartAsync(
            orleans => orleans.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, gateway)), o => o.ClusterId = "other", o => o.StartTimeout = TimeSpan.FromSeconds(2)));
        Assert.StartsWith("No silo of cluster 'other' took this client in within 2s.", e.Message, StringComparison.Ordinal);

        // The service is what grain state and reminders belong to, which clients have not.
        await using (GrainCaller caller = await GrainCaller.StartAsync(database, o => o.ServiceId = "other"))
        {
            Assert.Single((await caller.Client.ListSilosAsync()).Items);
        }

        // What is stored is still there, and runs.
        Assert.Equal(ExecutionPhase.Completed, (await one.Client.CreateAsync(Given.Execution("hello", "h"), Deadline)).Status!.Phase);
    }

    [SkippableFact]
    public async Task A_client_finds_no_gateway_where_silos_have_none()
    {
        string database = await databases.NewAsync();
        await using SiloProcess one = await SiloProcess.StartAsync(database, "one", "Kontinue:Silo:GatewayPort=0");
        UnavailableException e = await Assert.ThrowsAsync<UnavailableException>(
            () => GrainCaller.StartAsync(database, cluster: null, o => o.StartTimeout = TimeSpan.FromSeconds(1)));
        Assert.Contains("have a gateway port", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_second_silo_of_a_name_takes_it_and_the_first_one_ends()
    {
        string database = await databases.NewAsync();
        await using SiloProcess first = await SiloProcess.StartAsync(database, "same");
        await first.Client.CreateAsync(Given.Execution("approval", "a"), TimeSpan.FromMilliseconds(500));
        await using SiloProcess second = SiloProcess.Launch(database, "same");
        Assert.Equal(1, await first.ExitCodeAsync());
        await second.StartedAsync();
        await second.Client.ResumeAsync(new ExecutionKey(ExecutionKey.DefaultNamespace, "a"), "approval", JsonPayload.Parse("""{"approved":true}"""));
        Execution ended = await second.Client.WaitAsync(new ExecutionKey(ExecutionKey.DefaultNamespace, "a"), Deadline);
        Assert.Equal(ExecutionPhase.Completed, ended.Status!.Phase);
        Assert.Contains("crit: Kontinue.Engine", first.Output, StringComparison.Ordinal);
        Assert.Contains("Another process has registered as silo 'same'", first.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Other_timings_of_the_membership_are_warned_of_on_both_sides()
    {
        string database = await databases.NewAsync();
        await using SiloProcess one = await SiloProcess.StartAsync(database, "one");
        await using SiloProcess two = await SiloProcess.StartAsync(database, "two", "Kontinue:Membership:ProbeTimeout=1s", "Kontinue:Membership:Votes=1");
        await one.SaysAsync("Silo two has other timings for the membership: ProbeTimeout is 1s there and 600ms here, Votes is 1 there and 2 here.");
        await two.SaysAsync("Silo one has other timings for the membership: ProbeTimeout is 600ms there and 1s here, Votes is 2 there and 1 here.");
    }

    [SkippableFact]
    public async Task A_database_of_a_newer_version_is_left_alone()
    {
        string database = await databases.NewAsync();
        await CreateTablesAsync(database);
        await ExecuteAsync(database, "INSERT INTO schema_version (version) VALUES (99)");
        await using SiloProcess silo = SiloProcess.Launch(database, "one");
        await EndsAsync(silo, 1, "The database has schema version 99, but this program knows only");
    }

    [SkippableFact]
    public async Task Where_tables_are_not_to_be_made_a_silo_says_which_are_missing_and_needs_no_right_to_make_them()
    {
        string database = await databases.NewAsync();
        await using SiloProcess without = SiloProcess.Launch(database, "one", "Kontinue:Silo:CreateSchema=false");
        await EndsAsync(without, 1, "The database has no tables for Orleans yet");
        await using (SiloProcess maker = await SiloProcess.StartAsync(database, "maker"))
        {
            maker.Signal(SiloProcess.Terminate);
            Assert.Equal(0, await maker.ExitCodeAsync());
        }

        string rows = new NpgsqlConnectionStringBuilder(database) { Username = "rows_only" }.ConnectionString;
        await ExecuteAsync(
            database,
            "CREATE ROLE rows_only LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO rows_only");
        await using (SiloProcess silo = await SiloProcess.StartAsync(rows, "one", "Kontinue:Silo:CreateSchema=false"))
        {
            Assert.Equal(ExecutionPhase.Completed, (await silo.Client.CreateAsync(Given.Execution("hello", "h"), Deadline)).Status!.Phase);
            silo.Signal(SiloProcess.Terminate);
            Assert.Equal(0, await silo.ExitCodeAsync());
        }

        await ExecuteAsync(database, "DELETE FROM schema_version WHERE version > 3");
        await using SiloProcess older = SiloProcess.Launch(rows, "one", "Kontinue:Silo:CreateSchema=false");
        await EndsAsync(older, 1, "The database's tables have schema version 3, schema version");
    }

    [Theory]
    [InlineData("{\n  \"Kontinue\": {\n    \"Silo\": { \"ApiPort\": 1,, }\n  }\n}", "Line 3, byte 28: ',' is an invalid start of a property name.")]
    [InlineData("{ \"Kontinue\": {", "Line 1, byte 16: Expected depth to be zero at the end of the JSON payload.")]
    [InlineData("[]", "Top-level JSON element must be an object.")]
    public async Task A_file_of_settings_that_is_no_JSON_is_named_with_the_place(string text, string message)
    {
        // Beside the program, which all tests share: so the file is that of an environment of its own.
        string environment = $"Test{Guid.NewGuid():N}";
        string file = Path.Combine(AppContext.BaseDirectory, $"appsettings.{environment}.json");
        await File.WriteAllTextAsync(file, text);
        try
        {
            await using SiloProcess silo = SiloProcess.Launch("Host=127.0.0.1;Database=none", "one", $"ASPNETCORE_ENVIRONMENT={environment}");
            await EndsAsync(silo, 2, $"file '{file}'. {message}");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [SkippableTheory]
    [InlineData("GatewayPort")]
    [InlineData("SiloPort")]
    public async Task A_port_of_another_silo_is_named(string setting)
    {
        string database = await databases.NewAsync();
        int port = FreePorts.Take();
        await using SiloProcess one = await SiloProcess.StartAsync(database, "one", $"Kontinue:Silo:{setting}={port}");
        await using SiloProcess two = SiloProcess.Launch(database, "two", $"Kontinue:Silo:{setting}={port}");
        await EndsAsync(two, 1, $"In use by another process, or not allowed to this one: Kontinue:Silo:{setting} {port}.");
    }

    private static async Task EndsAsync(SiloProcess silo, int code, string message)
    {
        Assert.Equal(code, await silo.ExitCodeAsync());
        string error = Assert.Single(silo.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    private static async Task CreateTablesAsync(string database)
    {
        await using var store = new PostgreSqlStore(new PostgreSqlStoreOptions { ConnectionString = database });
        await store.InitializeAsync(CancellationToken.None);
    }

    private static async Task ExecuteAsync(string connection, string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(connection);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
