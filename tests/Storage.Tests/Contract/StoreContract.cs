using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;

namespace Kontinue.Storage.Tests.Contract;

/// <summary>What all parts of the contract's suite share.</summary>
public abstract class StoreContract(StoreBackend backend) : IAsyncLifetime
{
    protected static readonly CancellationToken None = CancellationToken.None;

    protected Task<IExecutionStore> OpenAsync() => backend.OpenAsync();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => backend.DisposeAsync().AsTask();

    protected static async Task<CommitOutcome> CommitOneAsync(IExecutionStore store, CommitUnit unit) =>
        Assert.Single(await store.CommitAsync([unit], None));

    protected static async Task ApplyAsync(IExecutionStore store, params CommitUnit[] units) =>
        Assert.All(await store.CommitAsync(units, None), outcome => Assert.Equal(CommitOutcome.Applied, outcome));

    protected static async Task<ExecutionRow> ReadAsync(IExecutionStore store, ExecutionRow row) =>
        await store.ReadAsync(row.Key, None) ?? throw new InvalidOperationException($"{row.Key} is missing.");

    protected static async Task<string[]> ReadJournalAsync(IExecutionStore store, ExecutionRow row) =>
        [.. (await store.ReadJournalAsync(row.Uid, 0, 10_000, None)).Select(record => $"{record.Sequence}:{record.Data.Text()}")];

    /// <summary>The messages that a new owner would get. Takes the execution over to see them.</summary>
    protected static async Task<IReadOnlyList<Message>> ClaimMessagesAsync(IExecutionStore store, ExecutionRow row)
    {
        SiloId reader = await Make.LiveSiloAsync(store, $"reader-{Guid.NewGuid()}");
        ClaimedExecution claimed = Assert.Single(await store.ClaimAsync(reader, [row.Key], Make.NoLimits, None));
        return claimed.Messages;
    }
}
