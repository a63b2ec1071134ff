using Kontinue.Engine.Storage;

namespace Kontinue.Storage.Tests.Backends;

public sealed class InMemoryBackend : StoreBackend
{
    private readonly InMemoryStore _store = new();

    protected override Task<IExecutionStore> CreateAsync() => Task.FromResult<IExecutionStore>(_store);
}
