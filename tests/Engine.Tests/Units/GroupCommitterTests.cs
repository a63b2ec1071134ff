using Kontinue.Engine.Commit;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class GroupCommitterTests : IAsyncLifetime
{
    private readonly CrashableStore _store = new(new InMemoryStore());
    private readonly KontinueOptions _options = new() { MaxBatchUnits = 4, MaxBatchBytes = 64 * 1024 };
    private readonly GroupCommitter _committer;

    public GroupCommitterTests() =>
        _committer = new GroupCommitter(_store, _options, TimeProvider.System, new StoreHealth(), NullLogger<GroupCommitter>.Instance);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _committer.StopAsync();

    private Task<CommitOutcome> Enqueue(string name, int bytes = 0, IParticipant? participant = null)
    {
        var unit = new PendingUnit { Completion = new TaskCompletionSource<CommitOutcome>() };
        unit.Join(participant, new RowWrite
        {
            IsInsert = true,
            Row = new ExecutionRow
            {
                Key = TestHost.Key(name), Uid = Guid.CreateVersion7(), Function = "f", Phase = ExecutionPhase.Pending, Revision = 1,
                CreatedAt = default, Spec = new JsonPayload(new byte[bytes]), Status = default,
            },
        });
        _committer.Enqueue(unit);
        return unit.Completion.Task;
    }

    [Fact]
    public async Task What_waits_goes_together_but_not_more_than_the_limits()
    {
        Task<CommitOutcome>[] all =
        [
            .. Enumerable.Range(0, 6).Select(i => Enqueue("small-" + i)), Enqueue("half", 40_000), Enqueue("other-half", 40_000), Enqueue("huge", 100_000),
        ];
        _committer.Start();
        await Wait.For(Task.WhenAll(all));

        Assert.Equal([4, 3, 1, 1], _store.Batches);
    }

    [Fact]
    public async Task Nothing_is_acknowledged_while_the_store_is_away_and_a_flush_waits()
    {
        _store.IsAway = true;
        _committer.Start();
        Task<CommitOutcome> unit = Enqueue("a");
        Task flush = _committer.FlushAsync(default);
        await Wait.Until(() => _store.Calls >= 2);
        Assert.False(unit.IsCompleted || flush.IsCompleted);
        _store.IsAway = false;

        Assert.Equal(CommitOutcome.Applied, await Wait.For(unit));
        await Wait.For(flush);
    }

    [Fact]
    public async Task Executions_go_on_with_the_threads_of_writers_and_not_of_those_who_bring_work()
    {
        var brought = new Recorder();
        var written = new Recorder();
        _committer.Start();
        await Wait.For(Enqueue("a", participant: brought));
        _store.Block();
        Task<CommitOutcome> later = Enqueue("b", participant: written);
        _store.Release();
        await Wait.For(later);

        Assert.False(await Wait.For(brought.IsInline));
        Assert.True(await Wait.For(written.IsInline));
    }

    [Fact]
    public async Task After_the_stop_everything_is_refused_as_unavailable()
    {
        _store.Block();
        _committer.Start();
        Task<CommitOutcome> inFlight = Enqueue("a");
        await Wait.Until(() => _store.Calls == 1);
        Task<CommitOutcome> waiting = Enqueue("b");
        await Wait.For(_committer.StopAsync());

        await Assert.ThrowsAsync<UnavailableException>(() => inFlight);
        await Assert.ThrowsAsync<UnavailableException>(() => waiting);
        await Assert.ThrowsAsync<UnavailableException>(() => Enqueue("c"));
    }

    private sealed class Recorder : IParticipant
    {
        private readonly TaskCompletionSource<bool> _isInline = new();

        public Task<bool> IsInline => _isInline.Task;

        public void OnCommitted(Participation part, CommitOutcome outcome, bool inline) => _isInline.SetResult(inline);

        public void OnCommitFailed() => _isInline.SetException(new InvalidOperationException("It was refused."));
    }
}
