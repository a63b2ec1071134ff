namespace Kontinue.Storage.Sqlite;

/// <summary>The one connection that writes. Transactions wait for their turn without holding a thread and run on the thread pool.</summary>
internal sealed class Writer(SqliteStoreOptions options) : IDisposable
{
    // IMMEDIATE takes the file's lock at once: a transaction that took it later could fail halfway because another process was first.
    private const string Begin = "BEGIN IMMEDIATE";

    private readonly SemaphoreSlim _turn = new(1, 1);
    private Database? _database;
    private bool _isDisposed;

    public Task<T> TransactAsync<T>(Func<Database, T> action, CancellationToken cancellationToken) =>
        UseAsync(database => database.Transact(Begin, action), cancellationToken);

    public async Task<T> UseAsync<T>(Func<Database, T> action, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);

            // A thread of the pool may wait for the disk as well as another one would, and a change of threads costs as much as a commit
            // on a fast disk. Other threads, such as one that draws a window, must not wait.
            return Thread.CurrentThread.IsThreadPoolThread
                ? Run(action)
                : await Task.Run(() => Run(action), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _turn.Wait();
        _isDisposed = true;
        _database?.Dispose();
        _database = null;
        _turn.Release();
    }

    private T Run<T>(Func<Database, T> action)
    {
        _database ??= Database.OpenWriter(options);
        try
        {
            return action(_database);
        }
        finally
        {
            if (_database.IsTainted)
            {
                _database.Dispose();
                _database = null;
            }
        }
    }
}
