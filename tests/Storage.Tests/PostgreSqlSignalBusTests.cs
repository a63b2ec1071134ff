using System.Collections.Concurrent;
using Kontinue.Engine.Signals;
using Kontinue.Engine.Storage;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.PostgreSql.Signals;
using Kontinue.Storage.Tests.Backends;
using Kontinue.Testing.PostgreSql;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Kontinue.Storage.Tests;

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlSignalBusTests(PostgreSqlServer server) : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _open = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _open.Reverse();
        foreach (IAsyncDisposable open in _open)
        {
            await open.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task What_an_owner_should_know_goes_to_the_owner_and_to_all_when_there_is_none()
    {
        Listener[] silos = await StartAsync(await NewStoreAsync(), "a", "a", "b");
        ExecutionKey owned = await InsertAsync(silos[1], "owned");
        ExecutionKey unowned = await InsertAsync(null, "unowned");
        silos[0].Bus.Send(Signal.Told(owned));
        silos[0].Bus.Send(Signal.Awaited(owned, silos[0].Silo));
        await silos[1].ReceivesAsync(Signal.Told(owned), Signal.Awaited(owned, silos[0].Silo));
        silos[0].Bus.Send(Signal.Told(unowned));
        await silos[1].ReceivesAsync(Signal.Told(unowned));
        await silos[2].ReceivesAsync(Signal.Told(unowned));

        Assert.Equal([Signal.Told(unowned)], silos[2].Received);
        Assert.Empty(silos[0].Received);
    }

    [SkippableFact]
    public async Task An_owner_whose_lease_is_over_is_none()
    {
        Listener[] silos = await StartAsync(await NewStoreAsync(), "a", "a");
        ExecutionKey key = await InsertAsync(silos[1], "orphaned");
        await _store!.UnregisterSiloAsync(silos[1].Silo, CancellationToken.None);
        Listener third = (await StartAsync(_store, "a"))[0];
        silos[0].Bus.Send(Signal.Told(key));

        await third.ReceivesAsync(Signal.Told(key));
    }

    [SkippableFact]
    public async Task Groups_and_single_silos_are_told_apart()
    {
        Listener[] silos = await StartAsync(await NewStoreAsync(), "a", "a", new string('b', 63));
        var key = new ExecutionKey("default", "x");
        silos[0].Bus.Send(Signal.Backlog("a"));
        silos[0].Bus.Send(Signal.Ended(key, silos[2].Silo));
        silos[0].Bus.Send(Signal.Freed("mutex/default/m"));
        await silos[1].ReceivesAsync(Signal.Backlog("a"), Signal.Freed("mutex/default/m"));
        await silos[2].ReceivesAsync(Signal.Ended(key, default), Signal.Freed("mutex/default/m"));
        silos[1].Bus.Send(Signal.Backlog(new string('b', 63)));
        silos[1].Bus.Send(Signal.Backlog(null));
        await silos[2].ReceivesAsync(Signal.Backlog(new string('b', 63)), Signal.Backlog(null));
        await silos[0].ReceivesAsync(Signal.Backlog(null));

        Assert.Equal([Signal.Backlog(null)], silos[0].Received);
        Assert.Equal(2, silos[1].Received.Count);
        Assert.Equal(4, silos[2].Received.Count);
    }

    [SkippableFact]
    public async Task More_than_fits_into_one_notification_arrives_whole()
    {
        Listener[] silos = await StartAsync(await NewStoreAsync(), "a", "a");
        Signal[] signals =
        [
            .. Enumerable.Range(0, 5000).Select(i => Signal.Freed($"key/default/{i}-{new string('x', i % 253)}")),
            Signal.Told(new ExecutionKey(new string('n', 63), new string('e', 253))),
        ];
        foreach (Signal signal in signals)
        {
            silos[0].Bus.Send(signal);
            silos[0].Bus.Send(signal);
        }

        await silos[1].ReceivesAsync(signals);
        Assert.Equal(signals.Length, silos[1].Received.Distinct().Count());
    }

    [SkippableFact]
    public async Task A_connection_that_was_cut_is_made_anew_and_the_gap_is_told()
    {
        IExecutionStore store = await NewStoreAsync();
        Listener[] silos = await StartAsync(store, "a", "a");
        Assert.Equal(0, silos[1].Gaps);
        await ExecuteAsync(
            _connectionString!,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'");
        await Eventually.TrueAsync(() => Task.FromResult(silos.All(silo => silo.Gaps == 1)), "both reconnected");
        silos[0].Bus.Send(Signal.Backlog(null));

        await silos[1].ReceivesAsync(Signal.Backlog(null));
    }

    [SkippableFact]
    public async Task A_server_that_stops_and_comes_back_is_found_again_and_hints_beyond_the_bound_are_dropped()
    {
        Skip.IfNot(PrivatePostgres.TryFind(out string reason), reason);
        PrivatePostgres own = await PrivatePostgres.StartNewAsync();
        _open.Add(own);
        Listener[] silos = await StartAsync(await NewStoreAsync(own), "a", "a");
        await own.StopAsync();
        for (int i = 0; i < ISignalBus.MaxWaiting * 2; i++)
        {
            silos[0].Bus.Send(Signal.Freed($"key/default/{i}"));
        }

        Assert.InRange(silos[0].Bus.Waiting, 0, ISignalBus.MaxWaiting);
        await own.StartAsync();
        await Eventually.TrueAsync(() => Task.FromResult(silos.All(silo => silo.Gaps == 1)), "both reconnected");
        await Eventually.TrueAsync(
            () =>
            {
                silos[0].Bus.Send(Signal.Backlog("a"));
                return Task.FromResult(silos[1].Received.Contains(Signal.Backlog("a")));
            },
            "a hint arrives again");
    }

    [SkippableFact]
    public async Task A_bus_starts_although_the_server_is_away()
    {
        var options = new PostgreSqlStoreOptions { ConnectionString = "Host=127.0.0.1;Port=1;Username=x", ConnectTimeout = TimeSpan.FromSeconds(1) };
        var bus = new PostgreSqlSignalBus(options, TimeProvider.System, NullLogger<PostgreSqlSignalBus>.Instance);
        _open.Add(bus);
        await bus.StartAsync(Make.Silo(), "a", _ => { }, () => { }, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        bus.Send(Signal.Backlog(null));
        await bus.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }

    [SkippableFact]
    public async Task Two_schemas_of_a_database_do_not_hear_each_other()
    {
        string database = await (await server.GetAsync()).CreateDatabaseAsync();
        await ExecuteAsync(database, "CREATE SCHEMA one; CREATE SCHEMA two");
        Listener[] one = await StartAsync(await NewStoreAsync(database + ";Search Path=one"), "a", "a");
        Listener[] two = await StartAsync(await NewStoreAsync(database + ";Search Path=two"), "a", "a");
        one[0].Bus.Send(Signal.Backlog("a"));
        two[0].Bus.Send(Signal.Freed("mutex/default/m"));
        await one[1].ReceivesAsync(Signal.Backlog("a"));
        await two[1].ReceivesAsync(Signal.Freed("mutex/default/m"));

        Assert.Equal([Signal.Backlog("a")], one[1].Received);
        Assert.Equal([Signal.Freed("mutex/default/m")], two[1].Received);
    }

    [SkippableFact]
    public async Task What_was_sent_last_is_sent_before_the_end()
    {
        Listener[] silos = await StartAsync(await NewStoreAsync(), "a", "a");
        silos[0].Bus.Send(Signal.Backlog(null));
        await silos[0].Bus.DisposeAsync();

        await silos[1].ReceivesAsync(Signal.Backlog(null));
    }

    private IExecutionStore? _store;
    private string? _connectionString;

    private async Task<IExecutionStore> NewStoreAsync(PrivatePostgres? own = null) =>
        await NewStoreAsync(await (own ?? await server.GetAsync()).CreateDatabaseAsync());

    private async Task<IExecutionStore> NewStoreAsync(string connectionString)
    {
        _connectionString = connectionString;
        _store = new PostgreSqlStore(new PostgreSqlStoreOptions { ConnectionString = connectionString, MaxConnections = 5 });
        _open.Add(_store);
        await _store.InitializeAsync(CancellationToken.None);
        return _store;
    }

    private async Task<Listener[]> StartAsync(IExecutionStore store, params string[] groups)
    {
        List<Listener> silos = [];
        foreach (string group in groups)
        {
            var silo = new Listener(_connectionString!);
            _open.Add(silo.Bus);
            await store.RegisterSiloAsync(
                new SiloRegistration(silo.Silo, $"silo-{silo.Silo}", group, "", TimeSpan.FromMinutes(5), 10, []), CancellationToken.None);
            await silo.StartAsync(group);
            silos.Add(silo);
        }

        return [.. silos];
    }

    private async Task<ExecutionKey> InsertAsync(Listener? owner, string name)
    {
        ExecutionRow row = Make.Row(name, owner?.Silo);
        await _store!.CommitAsync([Make.Insert(row)], CancellationToken.None);
        return row.Key;
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class Listener(string connectionString)
    {
        private readonly ConcurrentQueue<Signal> _received = new();
        private int _gaps;

        public SiloId Silo { get; } = Make.Silo();

        public PostgreSqlSignalBus Bus { get; } = new(
            new PostgreSqlStoreOptions { ConnectionString = connectionString }, TimeProvider.System, NullLogger<PostgreSqlSignalBus>.Instance);

        public IReadOnlyList<Signal> Received => [.. _received];

        public int Gaps => Volatile.Read(ref _gaps);

        public Task StartAsync(string group) => Bus.StartAsync(
            Silo, group,
            signals =>
            {
                foreach (Signal signal in signals)
                {
                    _received.Enqueue(signal);
                }
            },
            () => Interlocked.Increment(ref _gaps), CancellationToken.None);

        public Task ReceivesAsync(params Signal[] signals) => Eventually.TrueAsync(
            () => Task.FromResult(signals.Except(_received).Any() is false),
            $"{signals.Length} hints arrive, {_received.Count} did");
    }
}
