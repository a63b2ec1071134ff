using Kontinue.Engine.Storage;
using Npgsql;

namespace Kontinue.Storage.PostgreSql;

/// <summary>Turns result rows into the engine's types. The columns are in the order in which all statements here name them.</summary>
internal static class RowReader
{
    public static ExecutionRow ReadRow(NpgsqlDataReader reader) => new()
    {
        Key = new ExecutionKey(reader.GetString(0), reader.GetString(1)),
        Uid = reader.GetGuid(2),
        Function = reader.GetString(3),
        Phase = (ExecutionPhase)reader.GetInt16(4),
        Held = reader.GetBoolean(5),
        Owner = reader.IsDBNull(6) ? null : new SiloId(reader.GetGuid(6)),
        Epoch = reader.GetInt64(7),
        Revision = reader.GetInt64(8),
        JournalSequence = reader.GetInt64(9),
        WakeAt = reader.IsDBNull(10) ? null : ReadTime(reader, 10),
        CreatedAt = ReadTime(reader, 11),
        FinishedAt = reader.IsDBNull(12) ? null : ReadTime(reader, 12),
        ParentUid = reader.IsDBNull(13) ? null : reader.GetGuid(13),
        Labels = reader.IsDBNull(14) ? default : new JsonPayload(reader.GetFieldValue<byte[]>(14)),
        Spec = new JsonPayload(reader.GetFieldValue<byte[]>(15)),
        Status = new JsonPayload(reader.GetFieldValue<byte[]>(16)),
        ResourceVersion = reader.GetInt64(17),
        Settings = reader.IsDBNull(18) ? default : new JsonPayload(reader.GetFieldValue<byte[]>(18)),
        Generation = reader.GetInt64(19),
        DeleteAfter = reader.IsDBNull(20) ? null : TimeSpan.FromMicroseconds(reader.GetInt64(20)),
        DeleteAt = reader.IsDBNull(21) ? null : ReadTime(reader, 21),
        WorkerGroup = reader.IsDBNull(22) ? null : reader.GetString(22),
        Semaphores = reader.IsDBNull(23) ? [] : reader.GetFieldValue<string[]>(23),
        AwaitedSemaphore = reader.IsDBNull(24) ? null : reader.GetString(24),
        ArchiveAfter = reader.IsDBNull(25) ? null : TimeSpan.FromMicroseconds(reader.GetInt64(25)),
        ArchiveAt = reader.IsDBNull(26) ? null : ReadTime(reader, 26),
    };

    public static RowChange ReadChange(NpgsqlDataReader reader) => new(ReadRow(reader), IsDeleted: reader.GetBoolean(27));

    public static ExecutionKey ReadKey(NpgsqlDataReader reader) => new(reader.GetString(0), reader.GetString(1));

    public static DateTimeOffset ReadTime(NpgsqlDataReader reader, int column) =>
        new(DateTime.SpecifyKind(reader.GetDateTime(column), DateTimeKind.Utc));

    public static long? ToMicroseconds(TimeSpan? span) => span?.Ticks / TimeSpan.TicksPerMicrosecond;

    public static DateTime ToDatabase(DateTimeOffset time) => StoreTime.Truncate(time).UtcDateTime;
}
