using System.Text;
using System.Text.Json;
using Kontinue.Engine.Storage;

namespace Kontinue.Storage.Sqlite;

/// <summary>Turns result rows into the engine's types. The columns are in the order in which all statements here name them.</summary>
internal static class RowReader
{
    public static ExecutionRow ReadRow(Statement row) => new()
    {
        Key = ReadKey(row),
        Uid = row.Uuid(2),
        Function = row.Text(3),
        Phase = (ExecutionPhase)row.Integer(4),
        Held = row.Integer(5) != 0,
        Owner = row.OptionalUuid(6) is { } owner ? new SiloId(owner) : null,
        Epoch = row.Integer(7),
        Revision = row.Integer(8),
        JournalSequence = row.Integer(9),
        WakeAt = ReadTime(row.OptionalInteger(10)),
        CreatedAt = StoreTime.FromMicroseconds(row.Integer(11)),
        FinishedAt = ReadTime(row.OptionalInteger(12)),
        ParentUid = row.OptionalUuid(13),
        Labels = row.IsNull(14) ? default : new JsonPayload(Encoding.UTF8.GetBytes(row.Text(14))),
        Spec = new JsonPayload(row.Bytes(15)),
        Status = new JsonPayload(row.Bytes(16)),
        ResourceVersion = row.Integer(17),
        Settings = new JsonPayload(row.Bytes(18)),
        Generation = row.Integer(19),
        DeleteAfter = row.OptionalInteger(20) is { } deleteAfter ? TimeSpan.FromMicroseconds(deleteAfter) : null,
        DeleteAt = ReadTime(row.OptionalInteger(21)),
        WorkerGroup = row.IsNull(22) ? null : row.Text(22),
        Semaphores = ReadTexts(row, 23),
        AwaitedSemaphore = row.IsNull(24) ? null : row.Text(24),
        ArchiveAfter = row.OptionalInteger(25) is { } archiveAfter ? TimeSpan.FromMicroseconds(archiveAfter) : null,
        ArchiveAt = ReadTime(row.OptionalInteger(26)),
    };

    public static RowChange ReadChange(Statement row) => new(ReadRow(row), IsDeleted: row.Integer(27) != 0);

    public static ExecutionKey ReadKey(Statement row) => new(row.Text(0), row.Text(1));

    /// <summary>A JSON array of strings; none when the column is NULL.</summary>
    public static string[] ReadTexts(Statement row, int column) =>
        row.IsNull(column) ? [] : JsonSerializer.Deserialize<string[]>(row.Text(column)) ?? [];

    public static Statement BindKey(this Statement statement, int position, ExecutionKey key) =>
        statement.Bind(position, key.Namespace).Bind(position + 1, key.Name);

    public static Statement BindTime(this Statement statement, int position, DateTimeOffset? time) =>
        time is { } value ? statement.Bind(position, StoreTime.ToMicroseconds(value)) : statement.BindNull(position);

    public static Statement BindSpan(this Statement statement, int position, TimeSpan? span) =>
        span is { } value ? statement.Bind(position, value.Ticks / TimeSpan.TicksPerMicrosecond) : statement.BindNull(position);

    private static DateTimeOffset? ReadTime(long? microseconds) =>
        microseconds is { } value ? StoreTime.FromMicroseconds(value) : null;
}
