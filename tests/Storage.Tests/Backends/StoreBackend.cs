using Kontinue.Engine.Storage;

namespace Kontinue.Storage.Tests.Backends;

/// <summary>A place where stores keep things; every store opened on it sees the same.</summary>
public abstract class StoreBackend : IAsyncDisposable
{
    private readonly List<IExecutionStore> _opened = [];

    /// <summary>Opens and initializes a further store, as another process would.</summary>
    public async Task<IExecutionStore> OpenAsync()
    {
        IExecutionStore store = await CreateAsync();
        _opened.Add(store);
        await store.InitializeAsync(CancellationToken.None);
        return store;
    }

    public virtual async ValueTask DisposeAsync()
    {
        foreach (IExecutionStore store in _opened)
        {
            await store.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    protected abstract Task<IExecutionStore> CreateAsync();
}
