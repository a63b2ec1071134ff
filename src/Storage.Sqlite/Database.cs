using Kontinue.Engine.Storage;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Kontinue.Storage.Sqlite;

/// <summary>One connection and its prepared statements. Used by one thread at a time.</summary>
internal sealed class Database : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly string _path;
    private readonly Dictionary<string, Statement> _statements = [];

    private Database(SqliteConnection connection, string path)
    {
        _connection = connection;
        _path = path;
    }

    public sqlite3 Handle => _connection.Handle!;

    /// <summary>Whether an error has left the connection in a state that it cannot be trusted in.</summary>
    public bool IsTainted { get; private set; }

    public static Database OpenWriter(SqliteStoreOptions options)
    {
        Database database = Open(options, SqliteOpenMode.ReadWriteCreate);
        try
        {
            // FULL: the log is on disk before a commit returns. A checkpoint every 16 MiB of log instead of every 4 halves what
            // it costs under load.
            database.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;");
            if (options.MaxPages > 0)
            {
                database.Execute($"PRAGMA max_page_count = {options.MaxPages}");
            }

            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public static Database OpenReader(SqliteStoreOptions options)
    {
        Database database = Open(options, SqliteOpenMode.ReadWrite);
        database.Execute("PRAGMA query_only = ON");
        return database;
    }

    public Statement Prepare(string sql)
    {
        if (!_statements.TryGetValue(sql, out Statement? statement))
        {
            statement = new Statement(this, sql);
            _statements.Add(sql, statement);
        }

        return statement;
    }

    public void Execute(string sql) => Check(sqlite3_exec(Handle, sql));

    /// <summary>Runs an action in a transaction.</summary>
    public T Transact<T>(string begin, Func<Database, T> action)
    {
        Prepare(begin).Execute();
        try
        {
            T result = action(this);
            Prepare("COMMIT").Execute();
            return result;
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    /// <summary>The version for the rows that this transaction writes.</summary>
    public long NextVersion() => Prepare(Sql.NextVersion).Query(static row => row.Integer(0))[0];

    /// <exception cref="StoreException">The code is one of failure.</exception>
    public void Check(int code)
    {
        if (code == SQLITE_OK)
        {
            return;
        }

        int extended = sqlite3_extended_errcode(Handle);
        IsTainted |= Failures.TaintsConnection(code);
        throw Failures.Create(extended == SQLITE_OK ? code : extended, sqlite3_errmsg(Handle).utf8_to_string(), _path);
    }

    public void Dispose()
    {
        foreach (Statement statement in _statements.Values)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    private static Database Open(SqliteStoreOptions options, SqliteOpenMode mode)
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = options.Path, Mode = mode, Pooling = false };
        var connection = new SqliteConnection(settings.ConnectionString);
        try
        {
            connection.Open();
            sqlite3_busy_timeout(connection.Handle!, (int)options.BusyTimeout.TotalMilliseconds);
            return new Database(connection, options.Path);
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw Failures.Create(e, options.Path);
        }
    }

    private void Rollback()
    {
        // Some errors have rolled back already.
        bool isInTransaction = sqlite3_get_autocommit(Handle) == 0;
        if (isInTransaction && sqlite3_exec(Handle, "ROLLBACK") != SQLITE_OK)
        {
            IsTainted = true;
        }
    }
}
