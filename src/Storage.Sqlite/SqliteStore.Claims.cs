using System.Text.Json;
using Kontinue.Engine.Storage;

namespace Kontinue.Storage.Sqlite;

public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<ClaimedExecution>> ClaimAsync(
        SiloId silo, IReadOnlyList<ExecutionKey> keys, IReadOnlyDictionary<string, int> limits, CancellationToken cancellationToken)
    {
        StoreArguments.CheckKeys(keys);
        ArgumentNullException.ThrowIfNull(limits);
        return keys.Count == 0
            ? Task.FromResult<IReadOnlyList<ClaimedExecution>>([])
            : _writer.TransactAsync(database => Claim(database, silo, keys, limits), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExecutionKey>> FindClaimableAsync(
        SiloId silo, IReadOnlyCollection<string> functions, DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        string known = JsonSerializer.Serialize(functions);
        string[] names = [.. functions.Distinct(StringComparer.Ordinal)];
        return _readers.ReadAsync<IReadOnlyList<ExecutionKey>>(
            database =>
            {
                string?[] groups = ReadGroups(database, silo);
                IEnumerable<WakeUp> due = FindUnowned(database, names, groups, now, limit).Concat(FindOrphaned(database, silo, known, groups, now, limit));
                List<ExecutionKey> told = database.Prepare(Sql.FindTold)
                    .Bind(1, silo.Value)
                    .Bind(2, known)
                    .Bind(3, limit)
                    .BindTime(4, _time.GetUtcNow())
                    .Bind(5, groups[^1])
                    .Query(RowReader.ReadKey);
                return [.. due.OrderBy(row => row.At).Select(row => row.Key).Concat(told).Distinct().Take(limit)];
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Message>> ReadMessagesAsync(
        IReadOnlyList<ExecutionKey> keys, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckKeys(keys);
        StoreArguments.CheckLimit(limit);
        string wanted = JsonSerializer.Serialize(keys.Distinct().Select(key => new[] { key.Namespace, key.Name }));
        return _readers.ReadAsync<IReadOnlyList<Message>>(
            database => database.Prepare(Sql.ReadMessages).Bind(1, wanted).Bind(2, limit).Query(static row => new Message(
                RowReader.ReadKey(row), row.Uuid(2), row.Uuid(3), StoreTime.FromMicroseconds(row.Integer(4)), row.Bytes(5))),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<WakeUp>> ReadWakeUpsAsync(
        SiloId silo, DateTimeOffset until, WakeUp? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return _readers.ReadAsync<IReadOnlyList<WakeUp>>(
            database => database.Prepare(Sql.ReadWakeUps)
                .Bind(1, silo.Value)
                .BindTime(2, until)
                .Bind(3, limit)
                .BindTime(4, until + StoreArguments.PendingAhead)
                .BindTime(5, after?.At)
                .Bind(6, after?.Key.Namespace)
                .Bind(7, after?.Key.Name)
                .Query(ReadWakeUp),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> ReleaseHeldAsync(
        SiloId silo, IReadOnlyCollection<string> functions, DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        string known = JsonSerializer.Serialize(functions);
        return _writer.TransactAsync(
            database =>
            {
                long version = database.NextVersion();
                return database.Prepare(Sql.ReleaseHeld).Bind(1, known).BindTime(2, now).Bind(3, version).Bind(4, silo.Value).Bind(5, limit).Execute();
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> ReleaseHeldAsync(ExecutionKey key, Guid uid, DateTimeOffset now, CancellationToken cancellationToken) =>
        _writer.TransactAsync(
            database => database.Prepare(Sql.ReleaseOne)
                .BindKey(1, key)
                .Bind(3, uid)
                .BindTime(4, now)
                .Bind(5, database.NextVersion())
                .Execute() == 1,
            cancellationToken);

    /// <inheritdoc/>
    public Task<int> DeleteDeadMessagesAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return _writer.TransactAsync(
            database => database.Prepare(Sql.DeleteDeadMessages).BindTime(1, before).Bind(2, limit).Execute(), cancellationToken);
    }

    // By function and group, and by owner and group: so the index holds one run of rows in the order of their times, and what other silos
    // have is not read.
    private static IEnumerable<WakeUp> FindUnowned(Database database, string[] functions, string?[] groups, DateTimeOffset now, int limit) =>
        functions.SelectMany(function => groups.SelectMany(group => database.Prepare(Sql.FindUnowned)
            .Bind(1, function)
            .Bind(2, group)
            .BindTime(3, now)
            .BindTime(4, now + StoreArguments.PendingAhead)
            .Bind(5, limit)
            .Query(ReadWakeUp)));

    private List<WakeUp> FindOrphaned(Database database, SiloId silo, string functions, string?[] groups, DateTimeOffset now, int limit)
    {
        List<Guid> owners = database.Prepare(Sql.FindDeadOwners)
            .Bind(1, silo.Value)
            .Bind(2, functions)
            .BindTime(3, _time.GetUtcNow())
            .Query(static row => row.Uuid(0));
        return [.. owners.SelectMany(owner => groups.SelectMany(group => database.Prepare(Sql.FindOrphaned)
            .Bind(1, owner)
            .Bind(2, group)
            .BindTime(3, now)
            .Bind(4, functions)
            .Bind(5, limit)
            .BindTime(6, now + StoreArguments.PendingAhead)
            .Query(ReadWakeUp)))];
    }

    private IReadOnlyList<ClaimedExecution> Claim(
        Database database, SiloId silo, IReadOnlyList<ExecutionKey> keys, IReadOnlyDictionary<string, int> limits)
    {
        DateTimeOffset now = _time.GetUtcNow();
        if (database.Prepare(Sql.IsAlive).Bind(1, silo.Value).BindTime(2, now).Query(static row => row.Text(0)) is not [string group])
        {
            return [];
        }

        var claimer = new Claimer(silo, group, now, database.NextVersion());
        List<ClaimedExecution> claimed = [];
        List<ExecutionKey> left = [];
        foreach (ExecutionKey key in keys.Distinct())
        {
            if (Claim(database, claimer, key) is [var row])
            {
                claimed.Add(Load(database, row));
            }
            else
            {
                left.Add(key);
            }
        }

        return [.. claimed, .. ClaimWaiting(database, claimer, left, limits)];
    }

    private static List<ExecutionRow> Claim(Database database, Claimer claimer, ExecutionKey key) => database.Prepare(Sql.Claim)
        .Bind(1, claimer.Silo.Value)
        .BindKey(2, key)
        .Bind(4, claimer.Version)
        .BindTime(5, claimer.Now)
        .Bind(6, claimer.WorkerGroup)
        .Query(RowReader.ReadRow);

    private static WakeUp ReadWakeUp(Statement row) => new(RowReader.ReadKey(row), StoreTime.FromMicroseconds(row.Integer(2)));

    private static ClaimedExecution Load(Database database, ExecutionRow row) => new(
        row,
        database.Prepare(Sql.ReadJournal).Bind(1, row.Uid).Bind(2, 0).Bind(3, -1).Query(
            record => new JournalRecord(row.Uid, record.Integer(0), record.Bytes(1))),
        database.Prepare(Sql.ClaimedMessages).BindKey(1, row.Key).Bind(3, row.Uid).Query(message => new Message(
            row.Key, row.Uid, message.Uuid(0), StoreTime.FromMicroseconds(message.Integer(1)), message.Bytes(2))));
}
