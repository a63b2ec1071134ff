using System.Net;
using Kontinue.EndToEnd.Tests.Support;
using Kontinue.Engine;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Resources;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.Sqlite;
using Kontinue.Testing.PostgreSql;
using Npgsql;
using Xunit;

namespace Kontinue.EndToEnd.Tests;

/// <summary>Stores that stop, refuse to be written, or are full, while a server serves.</summary>
[Collection(StoresCollection.Name)]
public sealed class StoreAwayTests(Stores stores)
{
    private const string Ada = """{"name":"Ada","times":1}""";

    [SkippableFact]
    public async Task While_the_database_is_away_everything_is_refused_and_afterwards_all_goes_on()
    {
        PrivatePostgres postgres = await stores.PostgresAsync();
        string connectionString = await postgres.CreateDatabaseAsync();
        await using Server server = await Server.StartAsync(k => k.UsePostgreSql(connectionString), configure: Impatient);
        Calls calls = server.Calls;
        (await calls.CreateAsync("before", "approval")).Expect(HttpStatusCode.Created);
        await calls.UntilAsync("before", s => s.Phase == ExecutionPhase.Suspended, "wait");

        await postgres.KillAsync();
        try
        {
            Reply refused = await calls.CreateAsync("during", "greet", Ada);
            refused.ExpectError(503, "ServiceUnavailable");
            Assert.True(refused.SaysWhenToRetry);
            Reply ready = (await calls.ReadyAsync()).Expect(HttpStatusCode.ServiceUnavailable);
            Assert.Contains("PostgreSQL", ready.Text, StringComparison.Ordinal);
            (await calls.GetAsync("before")).ExpectError(503, "ServiceUnavailable");
            (await calls.ListAsync()).ExpectError(503, "ServiceUnavailable");
            (await calls.ActAsync("before", "cancel")).ExpectError(503, "ServiceUnavailable");
            ErrorStatus still = (await calls.CreateAsync("during", "greet", Ada)).ExpectError(503, "ServiceUnavailable");
            Assert.Contains("PostgreSQL", still.Message, StringComparison.Ordinal);
        }
        finally
        {
            await postgres.StartAsync();
        }

        await Calls.UntilAsync(calls.ReadyAsync, r => r.Code == 200, "the server to be ready again");
        (await calls.ActAsync("before", "resume", """{"payload":{"by":"Ada"}}""")).Expect(HttpStatusCode.Accepted);
        Assert.Equal("\"opened by Ada\"", await calls.ResultAsync("before"));

        // The first refusal came too late to take the request back, and said so: asked for again, it is there, and has run once.
        Reply again = await calls.CreateAsync("during", "greet", Ada);
        Assert.True(again.Code is 201 or 409, again.ToString());
        Assert.Equal("\"Ada 1\"", await calls.ResultAsync("during"));
        Assert.Equal(1, Functions.RunsOf((await calls.GetAsync("during")).As<Execution>().Metadata.Uid!.Value));
    }

    [SkippableFact]
    public async Task A_database_that_cannot_be_written_can_be_read_and_refuses_the_rest()
    {
        PrivatePostgres postgres = await stores.PostgresAsync();
        string connectionString = await postgres.CreateDatabaseAsync("end_to_end_read_only");
        await using Server server = await Server.StartAsync(k => k.UsePostgreSql(connectionString), configure: Impatient);
        Calls calls = server.Calls;
        (await calls.CreateAsync("a", "approval")).Expect(HttpStatusCode.Created);
        await calls.UntilAsync("a", s => s.Phase == ExecutionPhase.Suspended, "wait");

        await SetReadOnlyAsync("on");
        Reply refused = await Calls.UntilAsync(
            () => calls.CreateAsync("b", "greet", Ada), r => r.Text.Contains("read-only", StringComparison.Ordinal), "a refusal that says why");
        refused.ExpectError(503, "ServiceUnavailable");
        Assert.Contains("read-only", (await calls.ReadyAsync()).Expect(HttpStatusCode.ServiceUnavailable).Text, StringComparison.Ordinal);
        Assert.Equal(ExecutionPhase.Suspended, (await calls.GetAsync("a")).Expect(HttpStatusCode.OK).As<Execution>().Status!.Phase);

        await SetReadOnlyAsync("off");
        await Calls.UntilAsync(calls.ReadyAsync, r => r.Code == 200, "the server to be ready again");
        (await calls.ActAsync("a", "resume", """{"payload":{"by":"Ada"}}""")).Expect(HttpStatusCode.Accepted);
        Assert.Equal("\"opened by Ada\"", await calls.ResultAsync("a"));

        // New sessions take the setting over, so those that there are must go.
        async Task SetReadOnlyAsync(string value)
        {
            await using var connection = new NpgsqlConnection(postgres.ConnectionString + ";Pooling=false");
            await connection.OpenAsync();
            await using var alter = new NpgsqlCommand($"ALTER DATABASE end_to_end_read_only SET default_transaction_read_only = {value}", connection);
            await alter.ExecuteNonQueryAsync();

            // Once it is committed: sessions that begin before that are of the old setting.
            await using var terminate = new NpgsqlCommand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'end_to_end_read_only'", connection);
            await terminate.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task A_full_disk_refuses_what_is_new_keeps_what_was_accepted_and_goes_on_when_there_is_room()
    {
        string path = stores.NewFile();
        var accepted = new List<string>();
        string annotation = new('x', 20_000);
        await using (Server full = await Server.StartAsync(k => k.UseSqlite(path, o => o.MaxPages = 120), configure: Impatient))
        {
            Reply last;
            do
            {
                string name = $"a{accepted.Count}";
                last = await CreateAsync(full.Calls, name);
                if (last.Code == 201)
                {
                    accepted.Add(name);
                }

                Assert.True(accepted.Count < 100, "The limit of the file has no effect.");
            }
            while (last.Code == 201);

            last.ExpectError(503, "ServiceUnavailable");
            Assert.True(last.SaysWhenToRetry);
            Reply ready = await Calls.UntilAsync(full.Calls.ReadyAsync, r => r.Code == 503, "the server to say that it is not ready");
            Assert.Contains("The disk is full", ready.Text, StringComparison.Ordinal);
            Assert.Contains(path, ready.Text, StringComparison.Ordinal);
            Assert.NotEmpty(accepted);
            foreach (string name in accepted)
            {
                (await full.Calls.GetAsync(name)).Expect(HttpStatusCode.OK);
            }
        }

        await using Server roomy = await Server.StartAsync(k => k.UseSqlite(path));
        (await roomy.Calls.ReadyAsync()).Expect(HttpStatusCode.OK);
        foreach (string name in accepted)
        {
            await roomy.Calls.UntilAsync(name, s => s.Phase == ExecutionPhase.Suspended, "wait");
            (await roomy.Calls.ActAsync(name, "resume", """{"payload":{"by":"Ada"}}""")).Expect(HttpStatusCode.Accepted);
            Assert.Equal("\"opened by Ada\"", await roomy.Calls.ResultAsync(name));
        }

        (await CreateAsync(roomy.Calls, "new")).Expect(HttpStatusCode.Created);

        Task<Reply> CreateAsync(Calls calls, string name) => calls.PostAsync(
            $$$"""{"metadata":{"name":"{{{name}}}","annotations":{"a":"{{{annotation}}}"}},"spec":{"function":"approval"}}""");
    }

    [Fact]
    public async Task A_second_server_on_the_same_file_does_not_start_and_disturbs_nobody()
    {
        string path = stores.NewFile();
        await using Server first = await Server.StartAsync(k => k.UseSqlite(path));
        StoreException refused = await Assert.ThrowsAsync<StoreException>(() => Server.StartAsync(k => k.UseSqlite(path)));
        Assert.Contains("another process", refused.Message, StringComparison.Ordinal);
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        (await first.Calls.CreateAsync("a", "greet", Ada)).Expect(HttpStatusCode.Created);
        Assert.Equal("\"Ada 1\"", await first.Calls.ResultAsync("a"));
    }

    [SkippableFact]
    public async Task A_server_whose_file_cannot_be_written_does_not_start_and_says_so()
    {
        Skip.If(!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess, "The permissions of files do not bind a privileged process.");
        string path = stores.NewFile();
        await (await Server.StartAsync(k => k.UseSqlite(path))).DisposeAsync();
        File.SetAttributes(path, FileAttributes.ReadOnly);
        StoreException refused = await Assert.ThrowsAsync<StoreException>(() => Server.StartAsync(k => k.UseSqlite(path)));
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be written", refused.Message, StringComparison.Ordinal);
        File.SetAttributes(path, FileAttributes.Normal);
    }

    [Fact]
    public async Task A_server_whose_database_is_away_does_not_start_and_says_where_it_looked()
    {
        Action<KontinueBuilder> store = k => k.UsePostgreSql("Host=127.0.0.1;Port=1;Username=nobody", o => o.ConnectTimeout = TimeSpan.FromSeconds(1));
        StoreException refused = await Assert.ThrowsAsync<StoreException>(() => Server.StartAsync(store));
        Assert.Contains("127.0.0.1:1", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>What is asked of a store that is away is refused soon.</summary>
    private static void Impatient(KontinueOptions options) => options.RequestTimeout = TimeSpan.FromSeconds(2);
}
