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
        return keys.Count == 0
            ? Task.FromResult<IReadOnlyList<ClaimedExecution>>([])
            : _writer.TransactAsync(database => Claim(database, silo, keys), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExecutionKey>> FindClaimableAsync(
        SiloId silo, IReadOnlyCollection<string> functions, DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        string known = JsonSerializer.Serialize(functions);
        return _readers.ReadAsync<IReadOnlyList<ExecutionKey>>(
            database => database.Prepare(Sql.FindClaimable)
                .Bind(1, silo.Value)
                .Bind(2, known)
                .BindTime(3, now)
                .Bind(4, limit)
                .BindTime(5, _time.GetUtcNow())
                .Query(RowReader.ReadKey),
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
    public Task<IReadOnlyList<WakeUp>> ReadWakeUpsAsync(SiloId silo, DateTimeOffset until, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return _readers.ReadAsync<IReadOnlyList<WakeUp>>(
            database => database.Prepare(Sql.ReadWakeUps)
                .Bind(1, silo.Value)
                .BindTime(2, until)
                .Bind(3, limit)
                .Query(static row => new WakeUp(RowReader.ReadKey(row), StoreTime.FromMicroseconds(row.Integer(2)))),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> ReleaseHeldAsync(IReadOnlyCollection<string> functions, DateTimeOffset now, CancellationToken cancellationToken)
    {
        string known = JsonSerializer.Serialize(functions);
        return _writer.TransactAsync(
            database =>
            {
                long version = database.NextVersion();
                return database.Prepare(Sql.ReleaseHeld).Bind(1, known).BindTime(2, now).Bind(3, version).Execute();
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

    private IReadOnlyList<ClaimedExecution> Claim(Database database, SiloId silo, IReadOnlyList<ExecutionKey> keys)
    {
        DateTimeOffset now = _time.GetUtcNow();
        List<ClaimedExecution> claimed = [];
        if (database.Prepare(Sql.IsAlive).Bind(1, silo.Value).BindTime(2, now).Query(static _ => true).Count == 0)
        {
            return claimed;
        }

        long version = database.NextVersion();
        foreach (ExecutionKey key in keys.Distinct())
        {
            claimed.AddRange(database.Prepare(Sql.Claim)
                .Bind(1, silo.Value)
                .BindKey(2, key)
                .Bind(4, version)
                .BindTime(5, now)
                .Query(RowReader.ReadRow)
                .Select(row => Load(database, row)));
        }

        return claimed;
    }

    private static ClaimedExecution Load(Database database, ExecutionRow row) => new(
        row,
        database.Prepare(Sql.ReadJournal).Bind(1, row.Uid).Bind(2, 0).Bind(3, -1).Query(
            record => new JournalRecord(row.Uid, record.Integer(0), record.Bytes(1))),
        database.Prepare(Sql.ClaimedMessages).BindKey(1, row.Key).Bind(3, row.Uid).Query(message => new Message(
            row.Key, row.Uid, message.Uuid(0), StoreTime.FromMicroseconds(message.Integer(1)), message.Bytes(2))));
}
