using Npgsql;

namespace Kontinue.Storage.PostgreSql;

/// <summary>Makes the pools: one for commits, one for signals, one for all else.</summary>
internal static class DataSources
{
    // A batch joins arrays with the tables by primary key. The planner knows neither how long the arrays will be nor, in a new database,
    // how large the tables are, and a hash join or a scan that is right for an empty table is ruinous for one with a million rows.
    // With these, a nested loop over the index is left, which is right for every batch size this store uses.
    // Each statement must see what was committed while it waited for locks, whatever the database's own default is.
    private const string KeyedAccess =
        "-c default_transaction_isolation=read\\ committed " +
        "-c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off";

    // A process that is paused or gone must not keep locks, and with them the work of others, for as long as the system's TCP takes to
    // notice, which is hours. What waits for such locks gives up before the driver would, whose timeout ends the connection as well.
    private const string Bounds =
        "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=30000 " +
        "-c idle_in_transaction_session_timeout=10000 -c lock_timeout=10000";

    /// <summary>Statements are planned once per connection: with the above, the plan does not depend on the parameters.</summary>
    public static NpgsqlDataSource ForCommits(PostgreSqlStoreOptions options) => Create(
        options,
        options.MaxConcurrentCommits,
        KeyedAccess + " -c plan_cache_mode=force_generic_plan",
        settings =>
        {
            // The same few statements forever, on connections that nobody else uses.
            settings.MaxAutoPrepare = 32;
            settings.AutoPrepareMinUsages = 1;
            settings.NoResetOnClose = true;
        });

    /// <summary>Statements are planned for their parameters: a list's filters decide how it is best read.</summary>
    public static NpgsqlDataSource ForQueries(PostgreSqlStoreOptions options) => Create(
        options, options.MaxConnections - options.MaxConcurrentCommits, KeyedAccess + " -c plan_cache_mode=force_custom_plan", static _ => { });

    /// <summary>One to listen and one to send. A hint that a crash of the server loses is no loss, so nothing waits for its disk.</summary>
    public static NpgsqlDataSource ForSignals(PostgreSqlStoreOptions options) => Create(
        options, size: 2, KeyedAccess + " -c synchronous_commit=off",
        static settings =>
        {
            // Who only listens would not notice that the other end is gone.
            settings.KeepAlive = 10;
        });

    private static NpgsqlDataSource Create(
        PostgreSqlStoreOptions options, int size, string serverOptions, Action<NpgsqlConnectionStringBuilder> configure)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            MaxPoolSize = size,
            MinPoolSize = 0,
            Timeout = (int)Math.Ceiling(options.ConnectTimeout.TotalSeconds),
        };
        settings.ApplicationName ??= "kontinue";
        if (!settings.ShouldSerialize("TCP Keepalive"))
        {
            settings.TcpKeepAlive = true;
        }

        if (settings is { TcpKeepAlive: true, TcpKeepAliveTime: 0, TcpKeepAliveInterval: 0 })
        {
            settings.TcpKeepAliveTime = 10;
            settings.TcpKeepAliveInterval = 5;
        }

        // Of a setting that comes twice, the last one counts.
        settings.Options = string.Join(' ', ((string?[])[Bounds, settings.Options, serverOptions]).Where(part => !string.IsNullOrEmpty(part)));
        configure(settings);
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }
}
