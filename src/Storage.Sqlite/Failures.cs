using Kontinue.Engine.Storage;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace Kontinue.Storage.Sqlite;

/// <summary>Says what a result code of SQLite means: to an operator in words, to the engine as transient or not.</summary>
/// <remarks>
/// Only what SQLite says of the data is the call's fault: whoever hears that drops the change. All else lies around the file, also what only
/// an operator can put right: work waits for it.
/// </remarks>
internal static class Failures
{
    private const int PrimaryCodeMask = 0xFF;

    public static StoreException Create(int code, string message, string path, Exception? inner = null)
    {
        (string advice, bool isTransient) = (code & PrimaryCodeMask) switch
        {
            SQLITE_FULL => ("The disk is full: make room; work goes on by itself then.", true),
            SQLITE_READONLY or SQLITE_PERM => ("The file cannot be written: check its permissions and whether the disk is mounted read-only.", true),
            SQLITE_IOERR => ("Reading or writing failed: check the disk and the space on it.", true),
            SQLITE_CANTOPEN => ("The file cannot be opened: check that the folder exists and may be written.", true),
            SQLITE_BUSY or SQLITE_LOCKED => ("Another process holds the file's lock.", true),
            SQLITE_NOMEM => ("Memory is short.", true),
            SQLITE_CORRUPT or SQLITE_NOTADB => ("The file is damaged or no SQLite database: restore it from a backup, or use another path.", true),
            SQLITE_CONSTRAINT or SQLITE_MISMATCH or SQLITE_TOOBIG => ("", false),
            _ => ("", true),
        };
        return new StoreException(
            $"SQLite database '{path}': {message} (code {code}). {advice}".TrimEnd(),
            isTransient,
            inner ?? new SqliteException(message, code & PrimaryCodeMask, code));
    }

    /// <summary>Whether a failure of the start is better said at once than waited for.</summary>
    public static bool IsLastingAtStart(StoreException e) =>
        e is { IsTransient: true, InnerException: SqliteException { SqliteErrorCode: SQLITE_CORRUPT or SQLITE_NOTADB or SQLITE_PERM } };

    public static StoreException Create(SqliteException e, string path) => Create(e.SqliteExtendedErrorCode, e.Message, path, e);

    /// <summary>Whether the connection may be in a state that only a new one is free of.</summary>
    public static bool TaintsConnection(int code) =>
        (code & PrimaryCodeMask) is SQLITE_IOERR or SQLITE_CANTOPEN or SQLITE_CORRUPT or SQLITE_NOTADB or SQLITE_NOMEM or SQLITE_READONLY;
}
