using Kontinue.Engine.Hosting;
using Kontinue.Storage.PostgreSql.Signals;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kontinue.Storage.PostgreSql;

/// <summary>Adds the PostgreSQL store to a host.</summary>
public static class KontinueBuilderExtensions
{
    /// <summary>Keeps everything in a PostgreSQL database, version 15 or later, which any number of processes may share.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="connectionString">Where the database is, as Npgsql takes it.</param>
    /// <param name="configure">Further settings.</param>
    public static KontinueBuilder UsePostgreSql(
        this KontinueBuilder builder, string connectionString, Action<PostgreSqlStoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new PostgreSqlStoreOptions { ConnectionString = connectionString };
        configure?.Invoke(options);
        options.Validate();
        return builder
            .UseStore(_ => new PostgreSqlStore(options))
            .UseSignals(services => new PostgreSqlSignalBus(
                options, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<PostgreSqlSignalBus>>()));
    }
}
