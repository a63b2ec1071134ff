using Kontinue.Client;
using Kontinue.Client.Rules;
using Kontinue.Engine.Tests.Support;
using Kontinue.Grains.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Grains.Tests.Clients;

/// <summary>Silos are killed under a client.</summary>
public sealed class KilledSiloTests
{
    private const int Count = 40;
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Nothing_is_lost_and_nothing_doubled()
    {
        await using TestSilos silos = await TestSilos.StartAsync(3, ClientFunctions.AddTo);
        IKontinueClient client = silos.Client;
        Execution[] asking = await Task.WhenAll(Enumerable.Range(0, Count).Select(i => client.CreateAsync(New("asks", $"asks-{i}"))));
        Task<Execution>[] waits = [.. asking.Select(e => client.WaitAsync(e.Key, Long))];
        var half = new TaskCompletionSource();
        int done = 0;
        Task<Execution>[] creations = [.. Enumerable.Range(0, 4).SelectMany(caller => Enumerable.Range(0, 100).Select(i => (caller, i))).Select(CreateAsync)];
        await half.Task;
        await silos.Cluster.KillSiloAsync(silos.Cluster.SecondarySilos[0]);
        Execution[] created = await Within(Task.WhenAll(creations), "the creations");
        foreach (Execution execution in asking)
        {
            await ResumeAsync(client, execution.Key);
        }

        Execution[] ended = await Within(Task.WhenAll(waits), "the waits");
        Assert.All(ended, e => Assert.Equal(ExecutionPhase.Completed, e.Status!.Phase));
        Assert.Equal(asking.Select(e => e.Metadata.Uid), ended.Select(e => e.Metadata.Uid));
        Assert.All(created, e => Assert.Equal(ExecutionPhase.Completed, e.Status!.Phase));
        var stored = new Dictionary<string, Guid?>();
        await foreach (Execution execution in client.ListAllAsync())
        {
            stored.Add(execution.Metadata.Name!, execution.Metadata.Uid);
        }

        Assert.Equal(Count + created.Length, stored.Count);
        Assert.All(created, e => Assert.Equal(stored[e.Metadata.Name!], e.Metadata.Uid));

        async Task<Execution> CreateAsync((int Caller, int Number) of)
        {
            await Task.Yield();
            Execution execution = await client.CreateAsync(New("nothing", $"new-{of.Caller}-{of.Number}"), Long);
            if (Interlocked.Increment(ref done) == Count)
            {
                half.SetResult();
            }

            return execution;
        }
    }

    [Fact]
    public async Task A_watch_goes_on_and_misses_nothing()
    {
        await using TestSilos silos = await TestSilos.StartAsync(3, ClientFunctions.AddTo);
        IKontinueClient client = silos.Client;
        await using IAsyncEnumerator<ExecutionEvent> watch = client.WatchAsync(new WatchQuery()).GetAsyncEnumerator();
        Assert.True(await watch.MoveNextAsync());
        Assert.True(watch.Current.IsInitialEnd);
        var ended = new HashSet<string>();
        Task following = FollowAsync();
        for (int i = 0; i < Count; i++)
        {
            if (i == Count / 4)
            {
                await silos.Cluster.KillSiloAsync(silos.Cluster.SecondarySilos[0]);
            }

            await client.CreateAsync(New("nothing", $"n-{i}"), Long);
        }

        await Within(following.ContinueWith(_ => true, TaskScheduler.Default), "the watch to tell of all");
        await following;

        async Task FollowAsync()
        {
            while (ended.Count < Count && await watch.MoveNextAsync())
            {
                if (watch.Current.Execution?.Status?.Phase == ExecutionPhase.Completed)
                {
                    ended.Add(watch.Current.Execution.Metadata.Name!);
                }
            }
        }
    }

    [Fact]
    public async Task Without_silos_it_says_so_in_time()
    {
        await using TestSilos silos = await TestSilos.StartAsync(1, ClientFunctions.AddTo, o => o.RequestTimeout = TimeSpan.FromSeconds(1));
        IKontinueClient client = silos.Client;
        await client.ListSilosAsync();
        await silos.Cluster.KillSiloAsync(silos.Cluster.Primary!);

        // Until its connection is seen to be closed, there is a silo that does not answer.
        string said = "nothing";
        await Wait.Until(
            async () =>
            {
                UnavailableException away = await Assert.ThrowsAsync<UnavailableException>(() => Wait.For(client.ListSilosAsync()));
                Assert.False(away.MayHaveBeenDone);
                said = away.Message;
                return said.Contains("No silo of cluster", StringComparison.Ordinal);
            },
            () => $"It said: {said}",
            "the client to see that there is no silo");
    }

    /// <summary>A resume whose answer is lost may have been done: then it is no more waited for.</summary>
    private static async Task ResumeAsync(IKontinueClient client, ExecutionKey key)
    {
        try
        {
            await client.ResumeAsync(key);
        }
        catch (UnavailableException e) when (e.MayHaveBeenDone)
        {
            Execution now = await client.WaitAsync(key, TimeSpan.FromSeconds(2));
            if (!now.Status!.Phase.IsTerminal())
            {
                await client.ResumeAsync(key);
            }
        }
    }

    private static async Task<T> Within<T>(Task<T> task, string what)
    {
        try
        {
            return await task.WaitAsync(Long);
        }
        catch (TimeoutException e) when (!task.IsCompleted)
        {
            throw new TimeoutException($"Waited {Long} in vain for {what}.", e);
        }
    }

    private static Execution New(string function, string name) => new()
    {
        Metadata = new ObjectMetadata { Name = name }, Spec = new ExecutionSpec { Function = function },
    };
}
