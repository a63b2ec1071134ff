using Kontinue.Engine.Hosting;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.Sqlite;

namespace Kontinue.Cli;

/// <summary>Which store a server uses.</summary>
/// <param name="DataFolder">The folder of the SQLite database.</param>
/// <param name="PostgreSql">A connection string; null: SQLite.</param>
internal sealed record StoreSelection(string DataFolder, string? PostgreSql)
{
    /// <summary>What the banner says. Never the connection string: it may have a password.</summary>
    public string Describe() => PostgreSql is null ? $"SQLite, {DatabaseFile}" : "PostgreSQL";

    private string DatabaseFile => Path.Combine(DataFolder, "kontinue.db");

    /// <summary>Makes the folder.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be written.</exception>
    public void Prepare()
    {
        if (PostgreSql is not null)
        {
            return;
        }

        Directory.CreateDirectory(DataFolder);
        string probe = Path.Combine(DataFolder, $".probe-{Guid.NewGuid():N}");
        File.Create(probe).Dispose();
        File.Delete(probe);
    }

    public KontinueBuilder Apply(KontinueBuilder builder) =>
        PostgreSql is null ? builder.UseSqlite(DatabaseFile) : builder.UsePostgreSql(PostgreSql);
}
