using System.Collections.Concurrent;
using System.Reflection;
using Kontinue.Client;
using Kontinue.Engine.Feed;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kontinue.Engine.Tests.Feed;

/// <summary>What the feed asks of the store, and what it makes of a strange one.</summary>
public sealed class FeedStoreTests : IAsyncLifetime
{
    private readonly InMemoryStore _store = new();
    private readonly StoreProxy _proxy;
    private readonly ChangeFeed _feed;

    public FeedStoreTests()
    {
        IExecutionStore store = DispatchProxy.Create<IExecutionStore, StoreProxy>();
        _proxy = (StoreProxy)store;
        _proxy.Target = _store;
        _feed = new ChangeFeed(
            store, new KontinueOptions { WatchPollInterval = TimeSpan.FromMilliseconds(10) }, TimeProvider.System, NullLogger<ChangeFeed>.Instance);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _feed.DisposeAsync();

    [Fact]
    public async Task Watches_of_a_database_that_was_restored_begin_anew()
    {
        await new FeedRows(_store).AddAsync("a");
        await using WatchReader watch = await WatchReader.StartAsync(_feed);
        Task<ExecutionEvent> next = watch.NextAsync();
        var restored = new InMemoryStore();
        _proxy.Before = (method, _) => method == nameof(IExecutionStore.ReadChangesAsync) && Interlocked.Exchange(ref _proxy.Target, restored) != restored
            ? Task.FromException(new StoreException("The connection is lost.", isTransient: true))
            : Task.CompletedTask;

        Assert.Contains("gone back", (await Assert.ThrowsAsync<VersionExpiredException>(() => next)).Message, StringComparison.Ordinal);
        Assert.False(_feed.IsReading);
        await new FeedRows(restored).AddAsync("b");
        await using var again = new WatchReader(_feed);
        Assert.Equal(["Added b"], await again.NextAsync(1));
    }

    [Fact]
    public async Task Watches_that_begin_take_turns_at_the_store_and_one_that_is_not_read_holds_up_nobody()
    {
        await new FeedRows(_store).AddAsync("a");
        var idle = new List<WatchReader>();
        for (int i = 0; i < 5; i++)
        {
            idle.Add(new WatchReader(_feed));
            Assert.Equal(["Added a"], await idle[i].NextAsync(1));
        }

        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var entered = new ConcurrentQueue<string>();
        _proxy.Before = (method, _) =>
        {
            entered.Enqueue(method);
            return release.Task;
        };
        Task<WatchReader>[] starting = [.. Enumerable.Range(0, 10).Select(_ => WatchReader.StartAsync(_feed))];
        await Wait.Until(() => entered.Count == 4);
        release.SetResult();
        foreach (WatchReader watch in await Wait.For(Task.WhenAll(starting), "ten watches").ContinueWith(all => all.Result.Concat(idle), TaskScheduler.Default))
        {
            await watch.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_execution_that_cannot_be_read_ends_only_watches_that_select_it()
    {
        var rows = new FeedRows(_store);
        await using WatchReader all = await WatchReader.StartAsync(_feed);
        await using WatchReader one = await WatchReader.StartAsync(_feed, new ExecutionSelector { Function = "f" });
        await rows.AddAsync("damaged", function: "g", status: new JsonPayload("{"u8.ToArray()));
        await rows.AddAsync("whole");

        KontinueException damaged = await Assert.ThrowsAsync<KontinueException>(() => all.NextAsync());
        Assert.Equal((ErrorKind.Internal, true), (damaged.Kind, damaged.Message.Contains("default/damaged", StringComparison.Ordinal)));
        Assert.Equal(["Added whole"], await one.NextAsync(1));
    }

    /// <summary>A store whose calls can be held up, failed, and led elsewhere.</summary>
    public class StoreProxy : DispatchProxy
    {
#pragma warning disable CA1051 // Exchanged atomically.
        public IExecutionStore Target = null!;
#pragma warning restore CA1051

        public Func<string, object?[], Task>? Before { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
        {
            nameof(IExecutionStore.ReadChangesAsync) => CallAsync<ChangePage>(targetMethod, args!),
            nameof(IExecutionStore.ReadVersionAsync) => CallAsync<long>(targetMethod, args!),
            _ => targetMethod.Invoke(Target, args),
        };

        private async Task<T> CallAsync<T>(MethodInfo method, object?[] args)
        {
            await (Before?.Invoke(method.Name, args) ?? Task.CompletedTask);
            return await (Task<T>)method.Invoke(Target, args)!;
        }
    }
}
