using Kontinue.Engine.Storage;

namespace Kontinue.Storage.Sqlite;

/// <summary>Brings the schema up to date.</summary>
internal static class Migrator
{
    /// <exception cref="StoreException">The schema is newer than this code.</exception>
    public static bool Migrate(Database database, string path) => database.Transact("BEGIN EXCLUSIVE", db =>
    {
        db.Execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY)");
        long current = db.Prepare("SELECT coalesce(max(version), 0) FROM schema_version").Query(static s => s.Integer(0))[0];
        long latest = Sql.Migrations[^1].Version;
        if (current > latest)
        {
            throw new StoreException(
                $"The database '{path}' has schema version {current}, but this program knows only {latest}: it was used by a newer " +
                "version. Upgrade this program, or use another path.",
                isTransient: false);
        }

        foreach ((int version, string text) in Sql.Migrations.Where(migration => migration.Version > current))
        {
            db.Execute(text);
            db.Prepare("INSERT INTO schema_version (version) VALUES (?1)").Bind(1, version).Execute();
        }

        return true;
    });
}
