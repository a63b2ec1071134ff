using SQLitePCL;
using static SQLitePCL.raw;

namespace Kontinue.Storage.Sqlite;

/// <summary>
/// A prepared statement. It goes to SQLite's functions directly, because commands of ADO.NET take bytes as whole arrays and numbers as
/// objects: a copy of each payload and seventeen objects per row.
/// </summary>
internal sealed class Statement : IDisposable
{
    private const int UuidSize = 16;
    private readonly Database _database;
    private readonly sqlite3_stmt _handle;

    public Statement(Database database, string sql)
    {
        _database = database;
        database.Check(sqlite3_prepare_v3(database.Handle, sql, SQLITE_PREPARE_PERSISTENT, out _handle));
    }

    public Statement Bind(int position, long value) => Checked(sqlite3_bind_int64(_handle, position, value));

    public Statement Bind(int position, string? value) =>
        Checked(value is null ? sqlite3_bind_null(_handle, position) : sqlite3_bind_text(_handle, position, value));

    public Statement Bind(int position, ReadOnlySpan<byte> value) => Checked(
        value.IsEmpty ? sqlite3_bind_zeroblob(_handle, position, 0) : sqlite3_bind_blob(_handle, position, value));

    public Statement BindText(int position, ReadOnlySpan<byte> utf8) =>
        Checked(utf8.IsEmpty ? sqlite3_bind_null(_handle, position) : sqlite3_bind_text(_handle, position, utf8));

    /// <summary>No bytes become NULL.</summary>
    public Statement BindOptional(int position, ReadOnlySpan<byte> value) => value.IsEmpty ? BindNull(position) : Bind(position, value);

    public Statement BindNull(int position) => Checked(sqlite3_bind_null(_handle, position));

    public Statement Bind(int position, Guid value)
    {
        Span<byte> bytes = stackalloc byte[UuidSize];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return Bind(position, bytes);
    }

    public Statement Bind(int position, Guid? value) => value is { } uuid ? Bind(position, uuid) : BindNull(position);

    /// <summary>Runs a statement that answers with no rows.</summary>
    /// <returns>How many rows it changed.</returns>
    public int Execute()
    {
        try
        {
            while (Step())
            {
            }

            return sqlite3_changes(_database.Handle);
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Reads all rows.</summary>
    public List<T> Query<T>(Func<Statement, T> read)
    {
        try
        {
            List<T> rows = [];
            while (Step())
            {
                rows.Add(read(this));
            }

            return rows;
        }
        finally
        {
            Reset();
        }
    }

    public bool IsNull(int column) => sqlite3_column_type(_handle, column) == SQLITE_NULL;

    public long Integer(int column) => sqlite3_column_int64(_handle, column);

    public long? OptionalInteger(int column) => IsNull(column) ? null : Integer(column);

    public string Text(int column) => sqlite3_column_text(_handle, column).utf8_to_string();

    public byte[] Bytes(int column) => sqlite3_column_blob(_handle, column).ToArray();

    public Guid Uuid(int column) => new(sqlite3_column_blob(_handle, column), bigEndian: true);

    public Guid? OptionalUuid(int column) => IsNull(column) ? null : Uuid(column);

    public void Dispose() => _handle.Dispose();

    private bool Step()
    {
        int code = sqlite3_step(_handle);
        if (code == SQLITE_ROW)
        {
            return true;
        }

        if (code != SQLITE_DONE)
        {
            _database.Check(code);
        }

        return false;
    }

    /// <summary>Repeats the error of the last step, which has been reported by then.</summary>
    private void Reset() => sqlite3_reset(_handle);

    private Statement Checked(int code)
    {
        _database.Check(code);
        return this;
    }
}
