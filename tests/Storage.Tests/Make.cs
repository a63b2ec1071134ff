using System.Text;
using Kontinue.Engine.Storage;

namespace Kontinue.Storage.Tests;

/// <summary>Makes rows and units as the engine would.</summary>
internal static class Make
{
    public static readonly IReadOnlyDictionary<string, int> NoLimits = new Dictionary<string, int>(StringComparer.Ordinal);

    public static SiloRegistration Registration(SiloId silo, string name, TimeSpan lease) => new(silo, name, "default", "1.0", lease, 100, []);

    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly TimeSpan LongLease = TimeSpan.FromHours(1);
    private static long _ids;

    /// <summary>
    /// A version 7 uuid that is greater than all before it. Those of <see cref="Guid.CreateVersion7()"/> are in no order within a millisecond.
    /// </summary>
    public static Guid NewId() => Guid.CreateVersion7(Now.AddMilliseconds(Interlocked.Increment(ref _ids)));

    public static SiloId Silo() => new(NewId());

    public static async Task<SiloId> LiveSiloAsync(IExecutionStore store, string name = "a")
    {
        SiloId silo = Silo();
        await store.RegisterSiloAsync(Make.Registration(silo, name, LongLease), CancellationToken.None);
        return silo;
    }

    public static ExecutionRow Row(string? name = null, SiloId? owner = null, string ns = "default")
    {
        Guid uid = NewId();
        return new ExecutionRow
        {
            Key = new ExecutionKey(ns, name ?? $"e-{uid:N}"),
            Uid = uid,
            Function = "work",
            Phase = owner is null ? ExecutionPhase.Pending : ExecutionPhase.Executing,
            Owner = owner,
            Epoch = owner is null ? 0 : 1,
            Revision = 1,
            WakeAt = Now,
            CreatedAt = Now,
            Spec = JsonPayload.Parse("""{"arguments":1}"""),
            Status = JsonPayload.EmptyObject,
        };
    }

    public static ExecutionRow Ended(this ExecutionRow row) =>
        row with { Phase = ExecutionPhase.Completed, WakeAt = null, FinishedAt = Now };

    public static ExecutionRow Next(this ExecutionRow row) => row with { Revision = row.Revision + 1 };

    public static CommitUnit Insert(params ExecutionRow[] rows)
    {
        var unit = new CommitUnit();
        unit.Rows.AddRange(rows.Select(row => new RowWrite { Row = row, IsInsert = true }));
        return unit;
    }

    /// <summary>An update to the row given, which carries the new revision already.</summary>
    public static CommitUnit Update(ExecutionRow row, Action<RowWrite>? configure = null)
    {
        var unit = new CommitUnit();
        var write = new RowWrite { Row = row, IsInsert = false };
        configure?.Invoke(write);
        unit.Rows.Add(write);
        return unit;
    }

    public static CommitUnit With(this CommitUnit unit, params JournalRecord[] journal)
    {
        unit.Journal.AddRange(journal);
        return unit;
    }

    public static CommitUnit With(this CommitUnit unit, params Message[] messages)
    {
        unit.Messages.AddRange(messages);
        return unit;
    }

    public static JournalRecord Record(ExecutionRow row, long sequence, string text = "entry") => new(row.Uid, sequence, Bytes(text));

    public static Message Message(ExecutionRow target, string body = "hello") =>
        new(target.Key, target.Uid, NewId(), Now, Bytes(body));

    public static CommitUnit Send(Message message, bool requireTarget = true)
    {
        var unit = new CommitUnit { RequireTarget = requireTarget };
        unit.Messages.Add(message);
        return unit;
    }

    public static RowDeletion Deletion(ExecutionRow row, bool force = false) => new(row.Key, row.Uid, force);

    /// <summary>A change of settings that keeps what is stored, for a test to change one thing of it.</summary>
    public static SettingsWrite Settings(ExecutionRow stored) => new(
        stored.Key, stored.Uid, stored.Generation, stored.Labels, stored.Settings, stored.DeleteAfter, stored.ArchiveAfter, DeleteAt: null);

    public static List<ExecutionRow> Rows(this ChangePage page) => [.. page.Changes.Select(change => change.Row)];

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(this ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
