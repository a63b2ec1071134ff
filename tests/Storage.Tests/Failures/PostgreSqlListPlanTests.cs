using Kontinue.Engine.Storage;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.Tests.Backends;
using Npgsql;
using NpgsqlTypes;
using Xunit;
using Xunit.Abstractions;

namespace Kontinue.Storage.Tests.Failures;

/// <summary>A page takes the same time however many executions there are: it is read from an index that has them in its order.</summary>
[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlListPlanTests(PostgreSqlServer server, ITestOutputHelper output)
{
    private const int Stored = 50_000;
    private const int Page = 100;
    private static readonly Guid Parent = new("00000000-0000-7000-8000-000000000007");

    /// <summary>Some of every phase but most of them completed, ten functions, ten namespaces, a parent of every hundredth, a label of every tenth.</summary>
    private static readonly string Fill = $$"""
        INSERT INTO executions (
          namespace, name, uid, function, phase, held, epoch, revision, journal_sequence, created_at, finished_at, delete_at, parent_uid,
          labels, spec, status, resource_version)
        SELECT
          'n' || i % 10, 'e-' || md5(i::text), gen_random_uuid(), 'f' || i % 11, CASE WHEN i % 20 = 0 THEN i / 20 % 8 ELSE 4 END, false,
          1, 1, 0, now(), now(), CASE WHEN i % 50 = 0 THEN now() END, CASE WHEN i % 100 = 7 THEN '{{Parent}}'::uuid END,
          CASE WHEN i % 10 = 1 THEN jsonb_build_object('app', 'a' || i % 3, 'one', i::text) END, repeat('s', 200)::bytea, repeat('t', 200)::bytea, i
        FROM generate_series(1, {{Stored}}) AS i;
        INSERT INTO deletions (version, uid, namespace, name, function, phase, generation, created_at, deleted_at)
        SELECT i, gen_random_uuid(), 'n', md5(i::text), 'f', 4, 1, now(), now() FROM generate_series(1, {{Stored}}) AS i;
        """;

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_are_read_in_the_order_of_their_index(bool analyzed)
    {
        await using NpgsqlConnection connection = await FillAsync(analyzed);
        if (!analyzed)
        {
            // Nothing is known of how many there are, and only the store's own setting tells the planner what is right.
            await using var command = new NpgsqlCommand("SET enable_bitmapscan = off", connection);
            await command.ExecuteNonQueryAsync();
        }

        foreach (string? ns in new[] { null, "n5" })
        {
            foreach (ExecutionKey? after in new ExecutionKey?[] { null, new("n5", "e-8") })
            {
                var query = new RowQuery { Limit = Page, Namespace = ns, After = after };
                await CheckAsync(connection, query, "executions_pkey");
                await CheckAsync(connection, query with { Phase = ExecutionPhase.Suspended }, "executions_phase");
                await CheckAsync(connection, query with { Phase = ExecutionPhase.Failed }, "executions_phase");
                await CheckAsync(connection, query with { Function = "f3" }, "executions_function");
                await CheckAsync(connection, query with { ParentUid = Parent }, "executions_parent");
            }
        }
    }

    [SkippableFact]
    public async Task A_rare_label_is_found_by_its_index_and_a_common_one_in_the_order_of_the_list()
    {
        await using NpgsqlConnection connection = await FillAsync(analyzed: true);
        string rare = await ExplainListAsync(connection, WithLabel("one", "12321"));
        Assert.Contains("Bitmap Index Scan on executions_labels", rare, StringComparison.Ordinal);

        await PostgreSqlFailureTests.ExecuteAsync(connection.ConnectionString, "UPDATE executions SET labels = '{\"common\":\"x\"}'; ANALYZE");
        string common = await ExplainListAsync(connection, WithLabel("common", "x"));
        Assert.Contains("Index Scan using executions_pkey on executions", common, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", common, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_stores_own_connections_may_use_the_index_of_labels()
    {
        await using NpgsqlConnection connection = await FillAsync(analyzed: true);
        await using (PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(connection.ConnectionString))
        {
            ExecutionRow found = Assert.Single(await store.ListAsync(WithLabel("one", "12321"), CancellationToken.None));
            Assert.Contains("12321", found.Labels.ToString(), StringComparison.Ordinal);
        }

        await WaitForScanAsync(connection, "executions_labels");
    }

    [SkippableFact]
    public async Task A_page_in_the_only_namespace_of_all_is_read_from_the_filters_index()
    {
        await using NpgsqlConnection connection = await FillAsync(analyzed: false);
        await PostgreSqlFailureTests.ExecuteAsync(connection.ConnectionString, "UPDATE executions SET namespace = 'only'");
        await PostgreSqlFailureTests.ExecuteAsync(connection.ConnectionString, "VACUUM ANALYZE");
        var query = new RowQuery { Limit = 20, After = new ExecutionKey("only", "e-8") };
        await using (PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(connection.ConnectionString))
        {
            Assert.Equal(20, (await store.ListAsync(query with { ParentUid = Parent }, CancellationToken.None)).Count);
            Assert.Equal(20, (await store.ListAsync(query with { Function = "f3" }, CancellationToken.None)).Count);
            Assert.Single(await store.ListAsync(WithLabel("one", "12321") with { After = new ExecutionKey("only", "") }, CancellationToken.None));
        }

        await WaitForScanAsync(connection, "executions_parent");
        await WaitForScanAsync(connection, "executions_function");
        await WaitForScanAsync(connection, "executions_labels");
    }

    [SkippableFact]
    public async Task What_is_to_be_deleted_and_what_has_changed_is_read_in_order()
    {
        await using NpgsqlConnection connection = await FillAsync(analyzed: true);
        string deletable = await ExplainAsync(
            connection, Sql.FindDeletable, (DateTime.UtcNow, NpgsqlDbType.TimestampTz), (Page, NpgsqlDbType.Integer),
            (DateTime.UtcNow, NpgsqlDbType.TimestampTz), (Guid.Empty, NpgsqlDbType.Uuid));
        Assert.Contains("Index Scan using executions_delete_at", deletable, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", deletable, StringComparison.Ordinal);

        string changes = await ExplainAsync(connection, Sql.ReadChanges, (1000L, NpgsqlDbType.Bigint), (Page, NpgsqlDbType.Integer));
        Assert.Contains("Index Scan using executions_resource_version", changes, StringComparison.Ordinal);
        Assert.Contains("Index Scan using deletions_pkey", changes, StringComparison.Ordinal);
        Assert.Contains("Merge Append", changes, StringComparison.Ordinal);
        Assert.DoesNotContain("->  Sort", changes, StringComparison.Ordinal);
    }

    /// <summary>A server process hands its counts in at its end.</summary>
    private static Task WaitForScanAsync(NpgsqlConnection connection, string index) => Eventually.TrueAsync(
        async () =>
        {
            await using var command = new NpgsqlCommand($"SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = '{index}'", connection);
            return (long)(await command.ExecuteScalarAsync())! == 1;
        },
        $"the server to count one scan of {index}");

    private static RowQuery WithLabel(string key, string value) => new() { Limit = Page, Labels = new Dictionary<string, string> { [key] = value } };

    private async Task<NpgsqlConnection> FillAsync(bool analyzed)
    {
        string connectionString = await (await server.GetAsync()).CreateDatabaseAsync();
        await (await PostgreSqlFailureTests.OpenAsync(connectionString)).DisposeAsync();
        await PostgreSqlFailureTests.ExecuteAsync(connectionString, Fill);
        if (analyzed)
        {
            await PostgreSqlFailureTests.ExecuteAsync(connectionString, "VACUUM ANALYZE");
        }

        // The planner's own settings, which are harder on an index than the store's.
        var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private async Task CheckAsync(NpgsqlConnection connection, RowQuery query, string index)
    {
        string plan = await ExplainListAsync(connection, query);
        Assert.Contains($"Index Scan using {index} on executions", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Filter", plan, StringComparison.Ordinal);
    }

    private Task<string> ExplainListAsync(NpgsqlConnection connection, RowQuery query) => ExplainAsync(
        connection,
        Sql.ListRows,
        (query.Namespace, NpgsqlDbType.Text),
        (query.After?.Namespace ?? "", NpgsqlDbType.Text),
        (StoreArguments.NameAfter(query), NpgsqlDbType.Text),
        ((short?)query.Phase, NpgsqlDbType.Smallint),
        (query.Function, NpgsqlDbType.Text),
        (query.ParentUid, NpgsqlDbType.Uuid),
        (query.Labels is null ? null : System.Text.Json.JsonSerializer.Serialize(query.Labels), NpgsqlDbType.Jsonb),
        (query.Limit, NpgsqlDbType.Integer));

    private async Task<string> ExplainAsync(NpgsqlConnection connection, string sql, params (object? Value, NpgsqlDbType Type)[] parameters)
    {
        await using var command = new NpgsqlCommand("EXPLAIN " + sql, connection);
        foreach ((object? value, NpgsqlDbType type) in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });
        }

        List<string> lines = [];
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            lines.Add(reader.GetString(0));
        }

        string plan = string.Join('\n', lines);
        output.WriteLine(plan);
        return plan;
    }
}
