using Kontinue.Engine.Storage;
using Npgsql;

namespace Kontinue.Storage.PostgreSql;

/// <summary>Says what a driver's exception means: to an operator in words, to the engine as transient or not.</summary>
/// <remarks>
/// Only what the server says of the data is the call's fault: whoever hears that drops the change. All else lies around the database, also
/// what only an operator can put right (a password, a grant, a table that a restore has not brought back yet): work waits for it.
/// </remarks>
internal static class Failures
{
    /// <summary>Raised by <c>kontinue_require_rows</c>.</summary>
    public const string RowsRefused = "KTN01";

    /// <summary>Whether the transaction was rolled back because of what is stored, so that trying again with care makes sense.</summary>
    public static bool IsRefusal(PostgresException e) => e.SqlState
        is RowsRefused or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    /// <summary>
    /// Whether the exception is the database's or the driver's. The driver throws an <see cref="InvalidOperationException"/> when its
    /// connection broke at an unlucky moment.
    /// </summary>
    public static bool Concerns(Exception e) => e is NpgsqlException or IOException or TimeoutException or InvalidOperationException
        or System.Net.Sockets.SocketException or System.Security.Authentication.AuthenticationException;

    /// <summary>What to throw when a call failed.</summary>
    public static StoreException Translate(Exception e) => e is PostgresException server
        ? Translate(server, IsContent(server.SqlState))
        : IsPoolExhausted(e) ? new StoreException(
            $"All connections of this process to PostgreSQL were in use: {e.Message} Raise MaxConnections if the server allows more; work goes on by itself.",
            isTransient: true,
            e)
        : new StoreException(
            $"PostgreSQL cannot be reached or the connection broke: {e.Message} Check that the server runs and that the network lets it through.",
            isTransient: true,
            e);

    /// <summary>What to throw when the start failed: a wrong setting is better said at once than waited for.</summary>
    public static StoreException TranslateStart(Exception e) => e is PostgresException server
        ? Translate(server, IsContent(server.SqlState) || IsSetting(server.SqlState))
        : Translate(e);

    /// <summary>The driver has no type and no code for it: what it throws then says so in words, and wraps a timeout.</summary>
    private static bool IsPoolExhausted(Exception e) => e is NpgsqlException { InnerException: TimeoutException } &&
        e.Message.Contains("pool has been exhausted", StringComparison.Ordinal);

    private static StoreException Translate(PostgresException e, bool isLasting) =>
        new($"PostgreSQL refused ({e.SqlState}): {e.MessageText}. {Advice(e.SqlState)}".TrimEnd(), !isLasting, e);

    private static string? Advice(string state) => state switch
    {
        PostgresErrorCodes.DiskFull => "The database's disk is full: make room; work goes on by itself then.",
        PostgresErrorCodes.TooManyConnections => "The server has no free connection: raise its max_connections or lower MaxConnections here.",
        PostgresErrorCodes.ReadOnlySqlTransaction => "The database is read-only: it may be a standby; connect to the primary.",
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow =>
            "The server is stopping or starting.",
        PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure => "Another transaction was in the way.",
        PostgresErrorCodes.LockNotAvailable => "Another transaction keeps a lock: look for it in pg_stat_activity; work goes on by itself when it ends.",
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            "Check user and password in the connection string, and the server's pg_hba.conf.",
        PostgresErrorCodes.InvalidCatalogName => "Create the database, or correct its name in the connection string.",
        PostgresErrorCodes.InsufficientPrivilege => "Grant the connection's role what it lacks; work goes on by itself then.",
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.UndefinedFunction or
            PostgresErrorCodes.InvalidSchemaName =>
            "The schema is not complete: when a restore has brought it back, work goes on by itself; else restart this process to create it.",
        _ => null,
    };

    /// <summary>
    /// Classes of the SQL standard and of PostgreSQL's appendix A that speak of values: cardinality, data, constraints, checks of views,
    /// and limits of the program such as the size of a row.
    /// </summary>
    private static bool IsContent(string state) => state.Length == 5 && state[..2] is "21" or "22" or "23" or "44" or "54";

    private static bool IsSetting(string state) => state is PostgresErrorCodes.InvalidPassword
        or PostgresErrorCodes.InvalidAuthorizationSpecification or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InsufficientPrivilege;
}
