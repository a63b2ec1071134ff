using System.Text;
using Kontinue;
using Kontinue.Engine.Storage;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.Sqlite;

// Commits batches for ever and prints the uid of each unit that the store has acknowledged. A few units of each batch it does not print but
// deletes at once. It is made to be killed.
// Usage: CrashWriter sqlite|postgresql <path or connection string>
const int UnitsPerBatch = 20;
const int BriefUnitsPerBatch = 2;
const int RecordsPerUnit = 3;

await using IExecutionStore store = args[0] switch
{
    "sqlite" => new SqliteStore(new SqliteStoreOptions { Path = args[1] }),
    "postgresql" => new PostgreSqlStore(new PostgreSqlStoreOptions { ConnectionString = args[1] }),
    _ => throw new ArgumentException($"'{args[0]}' is neither 'sqlite' nor 'postgresql'.", nameof(args)),
};
await store.InitializeAsync(CancellationToken.None);
using Stream output = Console.OpenStandardOutput();
await output.WriteAsync("ready\n"u8.ToArray());

while (true)
{
    CommitUnit[] batch = [.. Enumerable.Range(0, UnitsPerBatch + BriefUnitsPerBatch).Select(_ => NewUnit())];
    CommitOutcome[] outcomes = await store.CommitAsync(batch, CancellationToken.None);
    if (outcomes.Any(outcome => outcome != CommitOutcome.Applied))
    {
        throw new InvalidOperationException("A new execution was refused.");
    }

    string lines = string.Concat(batch.Take(UnitsPerBatch).Select(unit => $"{unit.Rows[0].Row.Uid}\n"));
    await output.WriteAsync(Encoding.UTF8.GetBytes(lines));
    await output.FlushAsync();
    RowDeletion[] brief = [.. batch.Skip(UnitsPerBatch)
        .SelectMany(unit => unit.Rows)
        .Select(write => new RowDeletion(write.Row.Key, write.Row.Uid, Force: true))];
    if (await store.DeleteAsync(brief, CancellationToken.None) != brief.Length)
    {
        throw new InvalidOperationException("A deletion was passed over.");
    }
}

static CommitUnit NewUnit()
{
    Guid uid = Guid.CreateVersion7();
    var unit = new CommitUnit();
    unit.Rows.Add(new RowWrite { Row = NewRow(uid, $"parent-{uid:N}", parent: null), IsInsert = true });
    unit.Rows.Add(new RowWrite { Row = NewRow(Guid.CreateVersion7(), $"child-{uid:N}", uid), IsInsert = true });
    for (int i = 1; i <= RecordsPerUnit; i++)
    {
        unit.Journal.Add(new JournalRecord(uid, i, new byte[100]));
    }

    return unit;
}

static ExecutionRow NewRow(Guid uid, string name, Guid? parent) => new()
{
    Key = new ExecutionKey(ExecutionKey.DefaultNamespace, name),
    Uid = uid,
    Function = "crash",
    Phase = ExecutionPhase.Pending,
    Revision = 1,
    JournalSequence = parent is null ? RecordsPerUnit : 0,
    CreatedAt = TimeProvider.System.GetUtcNow(),
    ParentUid = parent,
    Spec = JsonPayload.EmptyObject,
    Status = JsonPayload.EmptyObject,
};
