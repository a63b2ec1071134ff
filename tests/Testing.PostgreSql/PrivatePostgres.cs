using System.Diagnostics;
using Npgsql;

namespace Kontinue.Testing.PostgreSql;

/// <summary>
/// A PostgreSQL server for this process alone, in a temporary folder, as durable as a default installation. It is stopped and deleted
/// when it is disposed of, and also when this process dies.
/// </summary>
/// <remarks>As the server refuses to run as root, it runs as the user <c>postgres</c> or <c>nobody</c> then.</remarks>
public sealed class PrivatePostgres : IAsyncDisposable
{
    private const int StartTries = 5;
    private readonly string _programs;
    private readonly string _folder;
    private readonly string? _user;
    private readonly IReadOnlyList<string> _settings;
    private Process? _guardian;
    private int _databases;

    private PrivatePostgres(string programs, IReadOnlyList<string> settings)
    {
        _programs = programs;
        _settings = settings;
        _user = ServerUser();
        _folder = Directory.CreateTempSubdirectory("kontinue-pg-").FullName;
    }

    /// <summary>Where it listens on 127.0.0.1; the same after a restart.</summary>
    public int Port { get; private set; }

    /// <summary>The folder of its Unix socket.</summary>
    public string SocketFolder => _folder;

    /// <summary>For the database <c>postgres</c>, as superuser <c>postgres</c>, without a password.</summary>
    public string ConnectionString => ConnectionStringFor("postgres");

    private string DataFolder => Path.Combine(_folder, "data");

    private string LogFile => Path.Combine(_folder, "server.log");

    /// <summary>Whether a server can be started here.</summary>
    /// <param name="reason">Why not.</param>
    public static bool TryFind(out string reason)
    {
        string? programs = PostgresPrograms.Find(out reason);
        if (programs is not null && Environment.IsPrivilegedProcess && ServerUser() is null)
        {
            reason = "PostgreSQL does not run as root, and there is neither a user 'postgres' nor 'nobody' with runuser to run it as.";
            return false;
        }

        return programs is not null;
    }

    /// <summary>Creates and starts a server and waits until it answers.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">There is none, or it does not start; the message says why.</exception>
    public static Task<PrivatePostgres> StartNewAsync(CancellationToken cancellationToken = default) => StartNewAsync([], cancellationToken);

    /// <inheritdoc cref="StartNewAsync(CancellationToken)"/>
    /// <param name="settings">Further settings of the server, such as <c>max_connections=60</c>; they go before its own.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<PrivatePostgres> StartNewAsync(IReadOnlyList<string> settings, CancellationToken cancellationToken = default)
    {
        if (!TryFind(out string reason))
        {
            throw new InvalidOperationException(reason);
        }

        var server = new PrivatePostgres(PostgresPrograms.Find(out _)!, settings);
        try
        {
            await Task.Run(server.Create, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(string? name = null, CancellationToken cancellationToken = default)
    {
        name ??= $"test_{Interlocked.Increment(ref _databases)}";
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"CREATE DATABASE \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return ConnectionStringFor(name);
    }

    /// <summary>Ends it as a crash does: no checkpoint, connections cut; the next start recovers from the log.</summary>
    public Task KillAsync() => Task.Run(() => Control("stop", "-m", "immediate"));

    /// <summary>Stops it in order.</summary>
    public Task StopAsync() => Task.Run(() => Control("stop", "-m", "fast"));

    /// <summary>Starts it again, at the same port, with the same data.</summary>
    public Task StartAsync() => Task.Run(Start);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_guardian is null)
        {
            Directory.Delete(_folder, recursive: true);
            return;
        }

        _guardian.StandardInput.Close();
        await _guardian.WaitForExitAsync();
        _guardian.Dispose();
    }

    private string ConnectionStringFor(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = "postgres",
        Database = database,
    }.ConnectionString;

    private void Create()
    {
        if (_user is not null)
        {
            Programs.Run("chown", [_user, _folder]);
        }

        RunAsServerUser("initdb", "-D", DataFolder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        _guardian = StartGuardian();
        for (int attempt = 1; ; attempt++)
        {
            Port = FreePorts.Take();
            try
            {
                Start();
                return;
            }
            catch (InvalidOperationException) when (attempt < StartTries && PortWasTaken())
            {
            }
        }
    }

    private void Start()
    {
        string settings =
            $"-p {Port} -k {_folder} -c listen_addresses=127.0.0.1 -c max_connections=200 -c shared_buffers=256MB -c max_wal_size=4GB" +
            string.Concat(_settings.Select(setting => $" -c {setting}"));
        try
        {
            Control("start", "-w", "-t", "240", "-l", LogFile, "-o", settings);
        }
        catch (InvalidOperationException e) when (File.Exists(LogFile))
        {
            throw new InvalidOperationException($"{e.Message}\nServer log:\n{File.ReadAllText(LogFile)}", e);
        }
    }

    private bool PortWasTaken() => File.Exists(LogFile) && File.ReadAllText(LogFile).Contains("already in use", StringComparison.Ordinal);

    private void Control(string action, params string[] arguments) =>
        RunAsServerUser("pg_ctl", [action, "-D", DataFolder, .. arguments]);

    private void RunAsServerUser(string program, params string[] arguments)
    {
        string path = Path.Combine(_programs, program);
        if (_user is null)
        {
            Programs.Run(path, arguments);
        }
        else
        {
            Programs.Run("runuser", ["-u", _user, "--", path, .. arguments]);
        }
    }

    /// <summary>
    /// A shell that waits for the end of its input, which comes when this process closes it or dies however it may, and then ends the
    /// server and deletes the folder.
    /// </summary>
    private Process StartGuardian()
    {
        const string Script =
            "trap '' INT TERM HUP; cat > /dev/null; " +
            "pid=$(head -n 1 \"$1/data/postmaster.pid\" 2> /dev/null) && kill -QUIT \"$pid\" && " +
            "while kill -0 \"$pid\" 2> /dev/null; do sleep 0.05; done; rm -rf \"$1\"";
        var start = new ProcessStartInfo("sh", ["-c", Script, "sh", _folder]) { UseShellExecute = false, RedirectStandardInput = true, WorkingDirectory = "/" };
        return Process.Start(start) ?? throw new InvalidOperationException("sh did not start.");
    }

    private static string? ServerUser()
    {
        if (!Environment.IsPrivilegedProcess || !File.Exists("/etc/passwd"))
        {
            return null;
        }

        string[] users = File.ReadAllLines("/etc/passwd");
        return new[] { "postgres", "nobody" }.FirstOrDefault(user => users.Any(line => line.StartsWith(user + ":", StringComparison.Ordinal)));
    }
}
