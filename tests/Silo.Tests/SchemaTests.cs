using System.Reflection;
using Kontinue.Silo.Schema;
using Kontinue.Silo.Tests.Support;
using Npgsql;
using Xunit;

namespace Kontinue.Silo.Tests;

[Collection(DatabaseCollection.Name)]
public sealed class SchemaTests(Database databases)
{
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(9);

    [Theory]
    [InlineData("Orleans.Clustering.AdoNet", "Orleans.Clustering.AdoNet.Storage.DbStoredQueries")]
    [InlineData("Orleans.Reminders.AdoNet", "Orleans.Reminders.AdoNet.Storage.DbStoredQueries")]
    public void There_is_a_statement_for_every_key_that_a_provider_looks_for(string assembly, string type)
    {
        IEnumerable<string> keys = Assembly.Load(assembly).GetType(type, throwOnError: true)!
            .GetProperties(BindingFlags.Instance | BindingFlags.NonPublic).Select(p => p.Name);
        Assert.NotEmpty(keys);
        Assert.Empty(keys.Except(OrleansScripts.Queries.Keys, StringComparer.Ordinal));
    }

    [SkippableFact]
    public async Task Silos_that_start_together_make_the_tables_once()
    {
        string connection = await databases.NewAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => EnsureAsync(connection)));
        await EnsureAsync(connection, create: false);
        Assert.Equal(1L, await ScalarAsync(connection, "SELECT count(*) FROM orleans_schema_version"));
        Assert.Equal((long)OrleansScripts.Queries.Count, await ScalarAsync(connection, "SELECT count(*) FROM orleansquery"));
    }

    [SkippableFact]
    public async Task Reminders_are_found_by_their_hash_in_an_index()
    {
        string connection = await databases.NewAsync();
        await EnsureAsync(connection);
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(connection);
        await using NpgsqlCommand fill = source.CreateCommand(
            "INSERT INTO orleans_reminder (service_id, grain_id, name, grain_hash, start_time, period) " +
            "SELECT 's', 'g' || i, 'n', hashint4(i), now(), 60000 FROM generate_series(1, 20000) i; ANALYZE orleans_reminder");
        await fill.ExecuteNonQueryAsync();
        string plan = "";
        await using NpgsqlCommand explain = source.CreateCommand($"EXPLAIN {OrleansScripts.Queries["ReadRangeRows1Key"]}");
        explain.Parameters.AddWithValue("ServiceId", "s");
        explain.Parameters.AddWithValue("BeginHash", 0);
        explain.Parameters.AddWithValue("EndHash", 1_000_000);
        await using NpgsqlDataReader reader = await explain.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            plan += reader.GetString(0) + "\n";
        }

        Assert.Contains("orleans_reminder_hash", plan, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Tables_of_a_newer_version_are_left_alone()
    {
        string connection = await databases.NewAsync();
        await EnsureAsync(connection);
        await ExecuteAsync(connection, "INSERT INTO orleans_schema_version (version) VALUES (99)");
        SiloStartException e = await Assert.ThrowsAsync<SiloStartException>(() => EnsureAsync(connection));
        Assert.Contains("schema version 99, but this program knows only", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Tables_of_another_Orleans_application_are_left_alone()
    {
        string connection = await databases.NewAsync();
        await ExecuteAsync(connection, "CREATE TABLE OrleansQuery (QueryKey text, QueryText text)");
        SiloStartException e = await Assert.ThrowsAsync<SiloStartException>(() => EnsureAsync(connection));
        Assert.Contains("another Orleans application", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Without_the_right_to_create_missing_tables_are_asked_for()
    {
        string connection = await databases.NewAsync();
        SiloStartException e = await Assert.ThrowsAsync<SiloStartException>(() => EnsureAsync(connection, create: false));
        Assert.Contains("CreateSchema is off", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_database_belongs_to_one_service_and_to_one_cluster_at_a_time()
    {
        string connection = await databases.NewAsync();
        await EnsureAsync(connection);
        SiloStartException service = await Assert.ThrowsAsync<SiloStartException>(() => EnsureAsync(connection, service: "other"));
        Assert.Contains("belongs to service 's'", service.Message, StringComparison.Ordinal);
        SiloStartException cluster = await Assert.ThrowsAsync<SiloStartException>(() => EnsureAsync(connection, cluster: "other"));
        Assert.Contains("in use by cluster 'c'", cluster.Message, StringComparison.Ordinal);

        // As after all of its silos have stopped, some time ago.
        await ExecuteAsync(connection, "UPDATE orleans_cluster SET claimed_at = now() - interval '10 s'");
        await EnsureAsync(connection, cluster: "other");
        await Assert.ThrowsAsync<SiloStartException>(() => EnsureAsync(connection));
    }

    [SkippableFact]
    public async Task A_cluster_with_a_living_member_keeps_its_database()
    {
        string connection = await databases.NewAsync();
        await EnsureAsync(connection);
        await ExecuteAsync(
            connection,
            "UPDATE orleans_cluster SET claimed_at = now() - interval '1 h'; INSERT INTO orleans_membership_version VALUES ('c'); INSERT INTO orleans_membership VALUES " +
            "('c', '10.0.0.1', 1, 1, 'a', 'a', 3, 1, NULL, now(), now())");
        await Assert.ThrowsAsync<SiloStartException>(() => EnsureAsync(connection, cluster: "other"));
        await ExecuteAsync(connection, "UPDATE orleans_membership SET status = 6");
        await EnsureAsync(connection, cluster: "other");
    }

    [SkippableFact]
    public async Task A_silo_alone_makes_no_tables_and_takes_a_database_that_no_living_cluster_has()
    {
        string connection = await databases.NewAsync();
        await CheckAloneAsync(connection);
        Assert.Equal(DBNull.Value, await ScalarAsync(connection, "SELECT to_regclass('orleans_cluster')::text"));
        await EnsureAsync(connection);
        SiloStartException e = await Assert.ThrowsAsync<SiloStartException>(() => CheckAloneAsync(connection));
        Assert.Contains("in use by cluster 'c', and this silo is of no cluster", e.Message, StringComparison.Ordinal);

        // As after all of its silos have stopped, some time ago. The silo alone leaves no claim, so it may start again at once.
        await ExecuteAsync(connection, "UPDATE orleans_cluster SET claimed_at = now() - interval '10 s'");
        await CheckAloneAsync(connection);
        await CheckAloneAsync(connection);

        static Task CheckAloneAsync(string connection) => new OrleansSchema(connection, Stale).CheckAloneAsync(CancellationToken.None);
    }

    [SkippableFact]
    public async Task A_database_that_is_not_there_is_named()
    {
        string connection = new NpgsqlConnectionStringBuilder(await databases.NewAsync()) { Database = "nowhere" }.ConnectionString;
        SiloStartException e = await Assert.ThrowsAsync<SiloStartException>(() => EnsureAsync(connection));
        Assert.Contains("\"nowhere\" does not exist. Create the database", e.Message, StringComparison.Ordinal);
    }

    private static Task EnsureAsync(string connection, string service = "s", string cluster = "c", bool create = true) =>
        new OrleansSchema(connection, Stale).EnsureAsync(service, cluster, create, CancellationToken.None);

    private static async Task ExecuteAsync(string connection, string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(connection);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<object?> ScalarAsync(string connection, string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(connection);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
