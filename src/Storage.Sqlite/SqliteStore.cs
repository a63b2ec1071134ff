using Kontinue.Engine.Storage;

namespace Kontinue.Storage.Sqlite;

/// <summary>Keeps executions in one SQLite file.</summary>
/// <remarks>Committed means on disk: write-ahead log, synchronous. One writer at a time; readers do not disturb it.</remarks>
public sealed partial class SqliteStore : IExecutionStore
{
    private readonly SqliteStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly Writer _writer;
    private readonly Readers _readers;
    private ProcessLock? _lock;

    /// <summary>Does not open the file yet.</summary>
    /// <param name="options">Settings.</param>
    /// <param name="time">The clock that decides on leases. Default: the system's.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public SqliteStore(SqliteStoreOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _time = time ?? TimeProvider.System;
        _writer = new Writer(options);
        _readers = new Readers(options);
    }

    /// <inheritdoc/>
    public int MaxConcurrentCommits => 1;

    /// <inheritdoc/>
    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        CreateFolder();
        if (_options.ExclusiveProcess)
        {
            _lock ??= ProcessLock.Take(_options.Path);
        }

        try
        {
            await _writer.UseAsync(database => Migrator.Migrate(database, _options.Path), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _lock?.Dispose();
            _lock = null;
            if (e is StoreException failure && Failures.IsLastingAtStart(failure))
            {
                throw new StoreException(failure.Message, isTransient: false, failure.InnerException);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellationToken) => _writer.TransactAsync(static database => database.NextVersion(), cancellationToken);

    /// <inheritdoc/>
    public Task<CommitOutcome[]> CommitAsync(IReadOnlyList<CommitUnit> batch, CancellationToken cancellationToken)
    {
        StoreArguments.CheckBatch(batch);
        return _writer.TransactAsync(
            database =>
            {
                var writer = new BatchWriter(database);
                var outcomes = new CommitOutcome[batch.Count];
                for (int i = 0; i < outcomes.Length; i++)
                {
                    outcomes[i] = writer.Write(batch[i]);
                }

                return outcomes;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.Run(() =>
        {
            _readers.Dispose();
            _writer.Dispose();
            _lock?.Dispose();
        }).ConfigureAwait(false);
    }

    private void CreateFolder()
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(_options.Path))!;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                $"The folder '{folder}' cannot be created: {e.Message} Create it, or use another path.", isTransient: false, e);
        }
    }
}
