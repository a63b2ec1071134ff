using Kontinue.Engine.Storage;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.Tests.Backends;
using Npgsql;
using Xunit;

namespace Kontinue.Storage.Tests.Failures;

/// <summary>What a silo looks at depends on what it could run and not on what lies in front of it for others.</summary>
[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlQueuePlanTests(PostgreSqlServer server)
{
    private const int Stored = 100_000;
    private const int Limit = 20;
    private const string Mutex = "mutex/default/m";
    private static readonly CancellationToken None = CancellationToken.None;

    /// <summary>All of it is due before what the silo may claim.</summary>
    private static readonly string Fill = $$"""
        INSERT INTO executions (
          namespace, name, uid, function, phase, held, epoch, revision, journal_sequence, created_at, wake_at, worker_group, owner,
          semaphores, awaited_semaphore, spec, status, resource_version)
        SELECT
          'n', kind.name || '-' || i, gen_random_uuid(), kind.function, 0, false, 0, 1, 0, now(),
          timestamptz '2020-01-01' + i * interval '1 second', kind.worker_group, kind.owner::uuid,
          CASE WHEN kind.waits THEN '{ {{Mutex}} }'::text[] END, CASE WHEN kind.waits THEN '{{Mutex}}' END, 's', 't', i
        FROM generate_series(1, {{Stored}}) AS i, (VALUES
          ('waiting', 'work', NULL, NULL, true),
          ('waiting-of-others', 'work', 'gpu', NULL, true),
          ('of-others', 'work', 'gpu', NULL, false),
          ('unknown', 'unknown', NULL, NULL, false),
          ('orphan-of-others', 'work', 'gpu', '00000000-0000-7000-8000-000000000001', false)) AS kind (name, function, worker_group, owner, waits)
        """;

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_waits_or_is_for_others_is_not_read(bool analyzed)
    {
        string connectionString = await (await server.GetAsync()).CreateDatabaseAsync();
        await (await PostgreSqlFailureTests.OpenAsync(connectionString)).DisposeAsync();
        await PostgreSqlFailureTests.ExecuteAsync(connectionString, Fill + (analyzed ? "; ANALYZE" : ""));
        var before = await CountAsync(connectionString);

        await using (PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(connectionString))
        {
            SiloId silo = await Make.LiveSiloAsync(store);
            ExecutionRow mine = Make.Row("mine");
            await store.CommitAsync([Make.Insert(mine)], None);

            Assert.Equal([mine.Key], await store.FindClaimableAsync(silo, ["work", "other"], Make.Now, Limit, None));
            IReadOnlyList<WaitingExecution> waiting = await store.FindWaitingAsync(silo, ["work", "other"], [Mutex], Limit, None);
            Assert.Equal(Enumerable.Range(1, Limit).Select(i => $"waiting-{i}"), waiting.Select(w => w.Key.Name));
            Assert.Equal([Mutex], await store.ReadAwaitedSemaphoresAsync(null, Limit, None));
            Assert.Equal("waiting-1", Assert.Single(await store.ClaimAsync(
                silo, [.. waiting.Select(w => w.Key)], new Dictionary<string, int>(StringComparer.Ordinal) { [Mutex] = 1 }, None)).Row.Key.Name);
            Assert.Single(await store.ReadHoldersAsync(Mutex, Limit, None));
            Assert.Equal("waiting-1", Assert.Single(await store.ReadWakeUpsAsync(silo, Make.Now, null, Limit, None)).Key.Name);
        }

        // A server process hands its counts in at its end.
        await Eventually.TrueAsync(async () => (await CountAsync(connectionString)).ByIndex > before.ByIndex, "the server's counts");
        var after = await CountAsync(connectionString);
        Assert.Equal(before.Scans, after.Scans);
        Assert.InRange(after.ByIndex - before.ByIndex, 1, 1000);
    }

    private static async Task<(long Scans, long ByIndex)> CountAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            SELECT
              (SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname IN ('executions', 'permits'))::bigint,
              (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname IN ('executions', 'permits'))::bigint
            """,
            connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }
}
