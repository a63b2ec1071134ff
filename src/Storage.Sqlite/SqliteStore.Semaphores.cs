using System.Text.Json;
using Kontinue.Engine.Storage;

namespace Kontinue.Storage.Sqlite;

public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<WaitingExecution>> FindWaitingAsync(
        SiloId silo, IReadOnlyCollection<string> functions, IReadOnlyCollection<string> semaphores, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckSemaphores(semaphores, limit);
        string known = JsonSerializer.Serialize(functions);
        string[] wanted = [.. semaphores.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return _readers.ReadAsync<IReadOnlyList<WaitingExecution>>(
            database =>
            {
                string?[] groups = ReadGroups(database, silo);
                DateTimeOffset now = _time.GetUtcNow();
                return [.. wanted.SelectMany(semaphore =>
                {
                    var held = new Lazy<int>(() => CountPermits(database, semaphore));
                    return groups
                        .SelectMany(group => database.Prepare(Sql.FindWaiting)
                            .Bind(1, silo.Value)
                            .Bind(2, known)
                            .Bind(3, semaphore)
                            .Bind(4, group)
                            .Bind(5, limit)
                            .BindTime(6, now)
                            .Query(static row => (
                                Key: RowReader.ReadKey(row), Function: row.Text(2), Semaphores: RowReader.ReadTexts(row, 3),
                                Rank: row.OptionalInteger(4) ?? long.MaxValue, Uid: row.Uuid(5))))
                        .OrderBy(row => row.Rank)
                        .ThenBy(row => row.Uid)
                        .Take(limit)
                        .Select(row => new WaitingExecution(row.Key, row.Function, semaphore, held.Value, row.Semaphores));
                })];
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ReadAwaitedSemaphoresAsync(string? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return _readers.ReadAsync<IReadOnlyList<string>>(
            database => database.Prepare(Sql.ReadAwaitedSemaphores).Bind(1, after).Bind(2, limit).Query(static row => row.Text(0)), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExecutionKey>> ReadHoldersAsync(string semaphore, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(semaphore);
        StoreArguments.CheckLimit(limit);
        return _readers.ReadAsync<IReadOnlyList<ExecutionKey>>(
            database => database.Prepare(Sql.ReadHolders).Bind(1, semaphore).Bind(2, limit).Query(RowReader.ReadKey), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> ReleaseAsync(SiloId silo, IReadOnlyList<ExecutionKey> keys, DateTimeOffset now, CancellationToken cancellationToken)
    {
        StoreArguments.CheckKeys(keys);
        return keys.Count == 0
            ? Task.FromResult(0)
            : _writer.TransactAsync(
                database =>
                {
                    long version = database.NextVersion();
                    return keys.Distinct().Sum(key => database.Prepare(Sql.ReleaseOwned)
                        .Bind(1, silo.Value)
                        .BindKey(2, key)
                        .BindTime(4, now)
                        .Bind(5, version)
                        .Execute());
                },
                cancellationToken);
    }

    /// <summary>Claims those of the rows that wait and can be let in, or have a message; the others learn what they wait for now.</summary>
    private static List<ClaimedExecution> ClaimWaiting(
        Database database, Claimer claimer, IEnumerable<ExecutionKey> keys, IReadOnlyDictionary<string, int> limits)
    {
        List<ClaimedExecution> claimed = [];
        var waiting = keys.SelectMany(key => ReadWaiting(database, claimer, key)).OrderBy(row => row.Rank).ThenBy(row => row.Uid).ToList();
        foreach (WaitingRow row in waiting)
        {
            string? full = row.Semaphores.FirstOrDefault(
                semaphore => limits.TryGetValue(semaphore, out int limit) && CountPermits(database, semaphore) >= limit);
            bool isLetIn = full is null && row.Semaphores.All(limits.ContainsKey);
            string? awaited = isLetIn ? null : full ?? row.Awaited;
            if (isLetIn)
            {
                foreach (string semaphore in row.Semaphores)
                {
                    database.Prepare(Sql.InsertPermit).Bind(1, semaphore).Bind(2, row.Uid).BindKey(3, row.Key).Execute();
                }
            }

            if (isLetIn || row.HasMessage)
            {
                claimed.AddRange(database.Prepare(Sql.ClaimWaiting)
                    .Bind(1, claimer.Silo.Value)
                    .BindKey(2, row.Key)
                    .Bind(4, claimer.Version)
                    .Bind(5, awaited)
                    .Query(RowReader.ReadRow)
                    .Select(taken => Load(database, taken)));
            }
            else if (!string.Equals(awaited, row.Awaited, StringComparison.Ordinal))
            {
                database.Prepare(Sql.AwaitSemaphore).BindKey(1, row.Key).Bind(3, awaited).Bind(4, claimer.Version).Execute();
            }
        }

        return claimed;
    }

    private static List<WaitingRow> ReadWaiting(Database database, Claimer claimer, ExecutionKey key) => database.Prepare(Sql.ReadWaiting)
        .Bind(1, claimer.Silo.Value)
        .BindKey(2, key)
        .BindTime(4, claimer.Now)
        .Bind(5, claimer.WorkerGroup)
        .Query(row => new WaitingRow(
            key, row.Uuid(0), row.OptionalInteger(1) ?? long.MaxValue, RowReader.ReadTexts(row, 2), row.Text(3), row.Integer(4) != 0));

    private static int CountPermits(Database database, string semaphore) =>
        (int)database.Prepare(Sql.CountPermits).Bind(1, semaphore).Query(static row => row.Integer(0))[0];

    /// <summary>None, and the silo's: the groups of the rows that it may claim.</summary>
    private static string?[] ReadGroups(Database database, SiloId silo) =>
        [null, .. database.Prepare(Sql.ReadSiloGroup).Bind(1, silo.Value).Query(static row => row.Text(0))];

    /// <summary>Who claims, and when.</summary>
    private sealed record Claimer(SiloId Silo, string WorkerGroup, DateTimeOffset Now, long Version);

    private sealed record WaitingRow(ExecutionKey Key, Guid Uid, long Rank, string[] Semaphores, string Awaited, bool HasMessage);
}
