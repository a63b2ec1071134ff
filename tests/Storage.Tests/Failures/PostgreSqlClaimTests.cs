using Kontinue.Engine.Storage;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.Tests.Backends;
using Npgsql;
using Xunit;

namespace Kontinue.Storage.Tests.Failures;

/// <summary>A claim that is held up while it reads keeps nobody out, and brings nothing that is not its own any more.</summary>
[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlClaimTests(PostgreSqlServer server)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_claimed_away_while_it_is_read_does_not_come_without_its_journal(bool hasLimits)
    {
        string connectionString = await (await server.GetAsync()).CreateDatabaseAsync();
        await using PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(connectionString);
        SiloId silo = await Make.LiveSiloAsync(store);
        ExecutionRow[] rows = [Make.Row("lost"), Make.Row("kept")];
        await store.CommitAsync([.. rows.Select(row => Make.Insert(row).With(Make.Record(row, 1)).With(Make.Message(row)))], None);
        await using var other = new NpgsqlConnection(connectionString + ";Pooling=false");
        await other.OpenAsync();
        Task<IReadOnlyList<ClaimedExecution>> claiming;
        await using (NpgsqlTransaction locks = await other.BeginTransactionAsync())
        {
            await ExecuteAsync(other, "LOCK TABLE journal IN ACCESS EXCLUSIVE MODE");
            IReadOnlyDictionary<string, int> limits = hasLimits ? new Dictionary<string, int>(StringComparer.Ordinal) { ["s"] = 1 } : Make.NoLimits;
            claiming = store.ClaimAsync(silo, [.. rows.Select(row => row.Key)], limits, None);
            await Eventually.TrueAsync(
                async () => await ExecuteAsync(other, "SELECT count(*) FROM pg_locks WHERE relation = 'journal'::regclass AND NOT granted") is > 0L,
                "the claim to wait for the journal");
            await PostgreSqlFailureTests.ExecuteAsync(
                connectionString, $"UPDATE executions SET owner = '{Make.Silo().Value}', epoch = epoch + 1 WHERE name = 'lost'");
            await locks.CommitAsync();
        }

        ClaimedExecution claimed = Assert.Single(await claiming);
        Assert.Equal("kept", claimed.Row.Key.Name);
        Assert.Single(claimed.Journal);
        Assert.Single(claimed.Messages);
    }

    private static async Task<object?> ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
