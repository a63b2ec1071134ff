using System.Net.Sockets;
using Kontinue.Engine.Storage;
using Npgsql;

namespace Kontinue.Storage.PostgreSql;

/// <summary>Says what a driver's exception means: to an operator in words, to the engine as transient or not.</summary>
internal static class Failures
{
    /// <summary>Raised by <c>kontinue_require_rows</c>.</summary>
    public const string RowsRefused = "KTN01";

    /// <summary>Whether the transaction was rolled back because of what is stored, so that trying again with care makes sense.</summary>
    public static bool IsRefusal(PostgresException e) => e.SqlState
        is RowsRefused or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    /// <summary>Whether the exception is the database's or the driver's.</summary>
    public static bool Concerns(Exception e) =>
        e is NpgsqlException or SocketException or IOException or TimeoutException or ObjectDisposedException or InvalidOperationException;

    public static StoreException Translate(Exception e) => e switch
    {
        PostgresException server => Translate(server),
        NpgsqlException or SocketException or IOException or TimeoutException => new StoreException(
            $"PostgreSQL cannot be reached or the connection broke: {e.Message} Check that the server runs and that the network lets it through.",
            isTransient: true,
            e),
        _ => new StoreException($"The PostgreSQL store cannot be used: {e.Message}", isTransient: false, e),
    };

    private static StoreException Translate(PostgresException e)
    {
        string? advice = e.SqlState switch
        {
            PostgresErrorCodes.DiskFull => "The database's disk is full: make room; work goes on by itself then.",
            PostgresErrorCodes.TooManyConnections => "The server has no free connection: raise its max_connections or lower MaxConnections here.",
            PostgresErrorCodes.ReadOnlySqlTransaction => "The database is read-only: it may be a standby; connect to the primary.",
            PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow =>
                "The server is stopping or starting.",
            PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure => "Another transaction was in the way.",
            _ => null,
        };
        bool isTransient = advice is not null || e.IsTransient || IsEnvironment(e.SqlState);
        return new StoreException($"PostgreSQL refused ({e.SqlState}): {e.MessageText}. {advice}".TrimEnd(), isTransient, e);
    }

    /// <summary>
    /// Classes of the SQL standard and of PostgreSQL's appendix A: connection, transaction rollback, resources, operator intervention,
    /// system error; and a lock that was not to be had.
    /// </summary>
    private static bool IsEnvironment(string state) =>
        state is PostgresErrorCodes.LockNotAvailable || (state.Length == 5 && state[..2] is "08" or "40" or "53" or "57" or "58");
}
