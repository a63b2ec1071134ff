using Kontinue.Engine.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Kontinue.Storage.Sqlite;

/// <summary>Adds the SQLite store to a host.</summary>
public static class KontinueBuilderExtensions
{
    /// <summary>Keeps everything in one file, which one process uses at a time.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="path">The file; it and its folder are created when missing.</param>
    /// <param name="configure">Further settings.</param>
    public static KontinueBuilder UseSqlite(this KontinueBuilder builder, string path, Action<SqliteStoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new SqliteStoreOptions { Path = path };
        configure?.Invoke(options);
        options.Validate();
        return builder.UseStore(services => new SqliteStore(options, services.GetService<TimeProvider>()));
    }
}
