using Kontinue.Engine.Storage;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.Tests.Backends;
using Kontinue.Testing.PostgreSql;
using Npgsql;
using Xunit;

namespace Kontinue.Storage.Tests.Failures;

/// <summary>What lies around the database and not in the data is waited for: the same call succeeds when it has been put right.</summary>
[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlEnvironmentTests(PostgreSqlServer server)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [SkippableFact]
    public async Task Commits_wait_for_grants_that_were_taken_away_and_go_on_when_they_are_back()
    {
        string owner = await CreateForRoleAsync("granted");
        await using PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(As(owner, "granted", password: null));
        await CheckWorksAsync(store);

        await PostgreSqlFailureTests.ExecuteAsync(owner, "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM granted");
        CommitUnit unit = Make.Insert(Make.Row());
        Assert.Contains("42501", await FailAllAsync(store, unit), StringComparison.Ordinal);

        await PostgreSqlFailureTests.ExecuteAsync(owner, "GRANT ALL ON ALL TABLES IN SCHEMA public TO granted");
        Assert.Equal([CommitOutcome.Applied], await store.CommitAsync([unit], None));
        await CheckWorksAsync(store);
    }

    [SkippableFact]
    public async Task Commits_wait_for_a_password_that_was_changed_and_a_start_with_a_wrong_one_fails_at_once()
    {
        string owner = await CreateForRoleAsync("authenticated");
        await RequirePasswordAsync(owner, "authenticated");
        await PostgreSqlFailureTests.ExecuteAsync(owner, "ALTER ROLE authenticated PASSWORD 'right'");
        await using PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(As(owner, "authenticated", "right"));
        await CheckWorksAsync(store);

        await PostgreSqlFailureTests.ExecuteAsync(owner, "ALTER ROLE authenticated PASSWORD 'other'");
        await PostgreSqlFailureTests.ExecuteAsync(
            owner, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'authenticated'");
        CommitUnit unit = Make.Insert(Make.Row());
        await Eventually.TrueAsync(
            async () => (await FailAllAsync(store, unit)).Contains("28P01", StringComparison.Ordinal), "the password to be refused");
        StoreException start = await Assert.ThrowsAsync<StoreException>(
            () => PostgreSqlFailureTests.OpenAsync(As(owner, "authenticated", "wrong")));
        Assert.False(start.IsTransient);
        Assert.Contains("password", start.Message, StringComparison.Ordinal);

        await PostgreSqlFailureTests.ExecuteAsync(owner, "ALTER ROLE authenticated PASSWORD 'right'");
        await Eventually.TrueAsync(() => PostgreSqlFailureTests.TryCommitAsync(store, [unit]), "the commit to go on");
        await CheckWorksAsync(store);
    }

    [SkippableFact]
    public async Task Commits_wait_for_tables_that_a_restore_has_not_brought_back_yet()
    {
        string owner = await (await server.GetAsync()).CreateDatabaseAsync();
        await using PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(owner);
        await PostgreSqlFailureTests.ExecuteAsync(owner, "ALTER TABLE executions RENAME TO away");
        CommitUnit unit = Make.Insert(Make.Row());
        Assert.Contains("42P01", await FailAllAsync(store, unit), StringComparison.Ordinal);

        await PostgreSqlFailureTests.ExecuteAsync(owner, "ALTER TABLE away RENAME TO executions");
        Assert.Equal([CommitOutcome.Applied], await store.CommitAsync([unit], None));
        await CheckWorksAsync(store);
    }

    [SkippableFact]
    public async Task Commits_wait_for_a_server_that_was_stopped()
    {
        PrivatePostgres postgres = await server.GetAsync();
        await using PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(await postgres.CreateDatabaseAsync());
        await CheckWorksAsync(store);
        CommitUnit unit = Make.Insert(Make.Row());
        await postgres.StopAsync();
        try
        {
            await FailAllAsync(store, unit);
            await FailAllAsync(store, unit);
        }
        finally
        {
            await postgres.StartAsync();
        }

        await Eventually.TrueAsync(() => PostgreSqlFailureTests.TryCommitAsync(store, [unit]), "the commit to go on");
        await CheckWorksAsync(store);
    }

    [SkippableFact]
    public async Task Data_that_cannot_be_stored_is_not_waited_for()
    {
        await using PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(await (await server.GetAsync()).CreateDatabaseAsync());
        StoreException e = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync([Make.Insert(Make.Row("a\0b"))], None));
        Assert.False(e.IsTransient);
        await CheckWorksAsync(store);
    }

    [SkippableFact]
    public async Task A_closed_store_is_not_waited_for()
    {
        PostgreSqlStore store = await PostgreSqlFailureTests.OpenAsync(await (await server.GetAsync()).CreateDatabaseAsync());
        await store.DisposeAsync();
        Assert.False((await Assert.ThrowsAsync<StoreException>(() => store.PingAsync(None))).IsTransient);
        Assert.False((await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync([Make.Insert(Make.Row())], None))).IsTransient);
    }

    /// <summary>Makes a database with all tables, and a role that may use them.</summary>
    private async Task<string> CreateForRoleAsync(string role)
    {
        string owner = await (await server.GetAsync()).CreateDatabaseAsync();
        await (await PostgreSqlFailureTests.OpenAsync(owner)).DisposeAsync();
        await PostgreSqlFailureTests.ExecuteAsync(
            owner, $"CREATE ROLE {role} LOGIN; GRANT ALL ON SCHEMA public TO {role}; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}");
        return owner;
    }

    /// <summary>The server lets everybody in; this role shall need a password.</summary>
    private static async Task RequirePasswordAsync(string owner, string role)
    {
        await PostgreSqlFailureTests.ExecuteAsync(
            owner,
            $"""
            DO $$
            BEGIN
              EXECUTE format(
                'COPY (VALUES (''host all {role} 127.0.0.1/32 scram-sha-256''), (''local all all trust''), (''host all all 127.0.0.1/32 trust'')) TO %L',
                current_setting('hba_file'));
            END
            $$;
            SELECT pg_reload_conf();
            """);

        // The reload is the server's own affair, in its own time.
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await PostgreSqlFailureTests.ExecuteAsync(As(owner, role, "none"), "SELECT 1");
                    return false;
                }
                catch (NpgsqlException)
                {
                    return true;
                }
            },
            "the password to be required");
    }

    private static string As(string connectionString, string role, string? password) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Username = role, Password = password }.ConnectionString;

    /// <summary>Calls what the engine calls all the time.</summary>
    /// <returns>What the commit failed with.</returns>
    private static async Task<string> FailAllAsync(PostgreSqlStore store, CommitUnit unit)
    {
        SiloId silo = Make.Silo();
        ExecutionKey key = unit.Rows[0].Row.Key;
        Func<Task>[] calls =
        [
            () => store.ClaimAsync(silo, [key], Make.NoLimits, None), () => store.FindClaimableAsync(silo, ["work"], Make.Now, 10, None),
            () => store.ReadMessagesAsync([key], 10, None), () => store.ReadWakeUpsAsync(silo, Make.Now, null, 10, None),
            () => store.ReadAsync(key, None),
        ];
        foreach (Func<Task> call in calls)
        {
            StoreException other = await Assert.ThrowsAsync<StoreException>(call);
            Assert.True(other.IsTransient, other.Message);
        }

        StoreException e = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync([unit], None));
        Assert.True(e.IsTransient, e.Message);
        return e.Message;
    }

    private static async Task CheckWorksAsync(PostgreSqlStore store)
    {
        SiloId silo = await Make.LiveSiloAsync(store);
        ExecutionRow row = Make.Row();
        Assert.Equal([CommitOutcome.Applied], await store.CommitAsync([Make.Insert(row)], None));
        Assert.Single(await store.ClaimAsync(silo, [row.Key], Make.NoLimits, None));
    }
}
