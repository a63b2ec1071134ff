using System.Collections.Concurrent;

namespace Kontinue.Storage.Sqlite;

/// <summary>Connections that only read. In the write-ahead log's mode they neither wait for the writer nor make it wait.</summary>
internal sealed class Readers(SqliteStoreOptions options) : IDisposable
{
    private readonly SemaphoreSlim _free = new(options.MaxReaders, options.MaxReaders);
    private readonly ConcurrentBag<Database> _idle = [];
    private volatile bool _isDisposed;

    public async Task<T> ReadAsync<T>(Func<Database, T> read, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return await Task.Run(() => Run(read), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        for (int i = 0; i < options.MaxReaders; i++)
        {
            _free.Wait();
        }

        while (_idle.TryTake(out Database? database))
        {
            database.Dispose();
        }

        _free.Release(options.MaxReaders);
    }

    private T Run<T>(Func<Database, T> read)
    {
        if (!_idle.TryTake(out Database? database))
        {
            database = Database.OpenReader(options);
        }

        try
        {
            return read(database);
        }
        finally
        {
            if (database.IsTainted)
            {
                database.Dispose();
            }
            else
            {
                _idle.Add(database);
            }
        }
    }
}
