using System.Net.Sockets;
using Npgsql;

namespace Kontinue.Silo.Schema;

/// <summary>Says to an operator why the database could not be used.</summary>
internal static class DatabaseFailures
{
    /// <summary>Why; null when it was not the database.</summary>
    public static string? Explain(Exception e) => e switch
    {
        PostgresException server => $"PostgreSQL refused ({server.SqlState}): {server.MessageText}. {Advice(server.SqlState)}".TrimEnd(),
        NpgsqlException or SocketException or TimeoutException =>
            $"PostgreSQL cannot be reached: {e.Message} Check the host and port in the connection string, that the server runs, and that the network lets it through.",
        _ => null,
    };

    private static string? Advice(string state) => state switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            "Check user and password in the connection string, and the server's pg_hba.conf.",
        PostgresErrorCodes.InvalidCatalogName => "Create the database, or correct its name in the connection string.",
        PostgresErrorCodes.InsufficientPrivilege =>
            "Grant the user what it lacks, or let another one create the tables and set Kontinue:Silo:CreateSchema to false here.",
        PostgresErrorCodes.InvalidSchemaName => "Create the schema that the connection string's Search Path names.",
        PostgresErrorCodes.TooManyConnections => "The server has no free connection: raise its max_connections.",
        _ => null,
    };
}
