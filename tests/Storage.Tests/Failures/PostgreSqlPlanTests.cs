using Kontinue.Engine.Storage;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.Tests.Backends;
using Npgsql;
using Xunit;

namespace Kontinue.Storage.Tests.Failures;

/// <summary>What a commit reads depends on its size, not on the size of the tables, and whatever the planner believes of them.</summary>
[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlPlanTests(PostgreSqlServer server)
{
    private const int Stored = 20_000;
    private const int Batch = 100;
    private static readonly CancellationToken None = CancellationToken.None;

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Commits_and_claims_read_rows_by_their_keys(bool analyzed)
    {
        string connectionString = await (await server.GetAsync()).CreateDatabaseAsync();
        ExecutionRow[] rows;
        await using (PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(connectionString))
        {
            rows = await FillAsync(store);
        }

        if (analyzed)
        {
            await QueryAsync(connectionString, "VACUUM ANALYZE");
        }

        Dictionary<string, long> before = await ReadStatisticsAsync(connectionString);
        await using (var store = new PostgreSqlStore(new PostgreSqlStoreOptions { ConnectionString = connectionString }))
        {
            await WorkAsync(store, rows);
        }

        // A server process hands its counts in at its end.
        await Eventually.TrueAsync(
            async () => (await ReadStatisticsAsync(connectionString))["executions.idx"] > before["executions.idx"], "the server's counts");
        Dictionary<string, long> after = await ReadStatisticsAsync(connectionString);
        foreach (string table in new[] { "executions", "journal", "messages" })
        {
            Assert.Equal(before[table + ".seq"], after[table + ".seq"]);
            long read = after[table + ".idx"] - before[table + ".idx"];
            Assert.True(read < Stored / 4, $"{read} rows of {table} were read by index for a few hundred that were touched.");
        }
    }

    private static async Task<ExecutionRow[]> FillAsync(PostgreSqlStore store)
    {
        List<ExecutionRow> rows = [];
        while (rows.Count < Stored)
        {
            ExecutionRow[] more = [.. Enumerable.Range(0, 1000).Select(_ => Make.Row(owner: Make.Silo()))];
            await store.CommitAsync([.. more.Select(row => Make.Insert(row).With(Make.Record(row, 1)).With(Make.Message(row)))], None);
            rows.AddRange(more);
        }

        return [.. rows];
    }

    private static async Task WorkAsync(PostgreSqlStore store, ExecutionRow[] rows)
    {
        ExecutionRow[] touched = [.. rows.Where((_, i) => i % (Stored / Batch) == 0)];
        CommitUnit[] batch = [.. touched.Select(row => Make.Update(row.Next(), write => write.TruncatesJournal = true)
            .With(Make.Record(row, 2)).With(Make.Message(row)))];
        foreach (CommitUnit unit in batch)
        {
            unit.Consumed.Add(new MessageReference(unit.Rows[0].Row.Key, Make.NewId()));
        }

        await store.CommitAsync([.. batch, .. touched.Select(row => Make.Send(Make.Message(row)))], None);

        // Once more by the careful path.
        await store.CommitAsync(batch, None);
        SiloId silo = await Make.LiveSiloAsync(store);
        ExecutionKey[] keys = [.. touched.Select(row => row.Key)];
        Assert.Equal(Batch, (await store.ClaimAsync(silo, keys, Make.NoLimits, None)).Count);
        await store.ReadMessagesAsync(keys, Batch, None);
        await store.ReadWakeUpsAsync(silo, Make.Now, null, Batch, None);
        await store.ReadChangesAsync(await store.ReadVersionAsync(None) - 1, Batch, None);
        await store.ListAsync(new RowQuery { Limit = Batch, After = rows[Stored / 2].Key }, None);
        await store.ReadAsync(keys[0], None);
    }

    private static Task<Dictionary<string, long>> ReadStatisticsAsync(string connectionString) => QueryAsync(
        connectionString,
        """
        SELECT relname || '.seq', seq_scan FROM pg_stat_user_tables
        UNION ALL SELECT relname || '.idx', sum(idx_tup_read)::bigint FROM pg_stat_user_indexes GROUP BY relname
        """);

    private static async Task<Dictionary<string, long>> QueryAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        Dictionary<string, long> counts = new(StringComparer.Ordinal);
        while (await reader.ReadAsync())
        {
            counts.Add(reader.GetString(0), reader.GetInt64(1));
        }

        return counts;
    }
}
