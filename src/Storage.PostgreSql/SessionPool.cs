using System.Collections.Concurrent;
using Npgsql;

namespace Kontinue.Storage.PostgreSql;

/// <summary>
/// The sessions that commit. The one that was used last is used next: when there is little to do, one server process stays warm instead of
/// all of them cooling down in turn.
/// </summary>
internal sealed class SessionPool : IAsyncDisposable
{
    private readonly ConcurrentStack<CommitSession> _free = new();
    private readonly SemaphoreSlim _count;
    private readonly int _size;
    private bool _isDisposed;

    public SessionPool(NpgsqlDataSource dataSource, int size)
    {
        _size = size;
        _count = new SemaphoreSlim(size, size);
        for (int i = 0; i < size; i++)
        {
            _free.Push(new CommitSession(dataSource));
        }
    }

    public async ValueTask<CommitSession> TakeAsync(CancellationToken cancellationToken)
    {
        await _count.WaitAsync(cancellationToken).ConfigureAwait(false);
        return _free.TryPop(out CommitSession? session)
            ? session
            : throw new InvalidOperationException("There are fewer sessions than places.");
    }

    public void Return(CommitSession session)
    {
        _free.Push(session);
        _count.Release();
    }

    /// <summary>Waits for the commits under way and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        for (int i = 0; i < _size; i++)
        {
            CommitSession session = await TakeAsync(CancellationToken.None).ConfigureAwait(false);
            await session.DisposeAsync().ConfigureAwait(false);
        }

        _count.Dispose();
    }
}
