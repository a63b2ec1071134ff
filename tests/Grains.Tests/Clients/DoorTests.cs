using Kontinue.Engine.Hosting;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Grains.Placement;
using Kontinue.Grains.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Grains.Tests.Clients;

/// <summary>Executions are created through doors, and have no grain of their own before somebody calls them.</summary>
public sealed class DoorTests
{
    [Theory]
    [InlineData("c.1.2//f", "c.1.2", "f", null)]
    [InlineData("c.1.2/group/f", "c.1.2", "f", "group")]
    [InlineData("c//a/b", "c", "a/b", null)]
    public void A_key_says_where_the_door_may_be(string text, string ticket, string function, string? group)
    {
        var key = new DoorKey(ticket, function, group);
        Assert.Equal(key, DoorKey.Parse(text));
        Assert.Equal(text, key.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("c")]
    [InlineData("c/f")]
    public void What_is_no_key_is_refused(string text) => Assert.Throws<ArgumentException>(() => DoorKey.Parse(text));

    [Fact]
    public void There_is_no_door_for_what_no_silo_can_have()
    {
        Assert.True(DoorKey.IsFit("a/b", workerGroup: null));
        Assert.All([null, "", new string('f', DoorKey.MaxLength + 1)], function => Assert.False(DoorKey.IsFit(function, "g")));
        Assert.All(["", "a/b", new string('g', DoorKey.MaxLength + 1)], group => Assert.False(DoorKey.IsFit("f", group)));
    }

    [Fact]
    public async Task What_is_created_has_no_grain_until_it_is_called_and_then_where_its_owner_is()
    {
        var mayEnd = new TaskCompletionSource();
        await using TestSilos silos = await TestSilos.StartAsync(3, k => k.AddFunction("busy", (KontinueContext ktx) => ktx.Step("a", () => mayEnd.Task)));
        ExecutionKey[] keys = [.. Enumerable.Range(0, 30).Select(i => TestSilos.Key($"b{i}"))];
        await Task.WhenAll(keys.Select(key => silos.Client.CreateAsync(New("busy", key.Name))));

        Assert.All(keys, key => Assert.Single(silos.Parts<ILocalSilo>(), silo => silo.IsHere(key)));
        Assert.All(silos.Parts<Activations>(), grains => Assert.Equal(0, grains.Count));

        await TestSilos.UntilAsync(
            async () => (await Task.WhenAll(keys.Select(key => silos.Client.GetAsync(key)))).All(e => e.Status!.Phase == ExecutionPhase.Executing), "all to run");
        foreach ((ILocalSilo silo, Activations grains) in silos.Parts<ILocalSilo>().Zip(silos.Parts<Activations>()))
        {
            Assert.All(keys, key => Assert.Equal(silo.IsHere(key), grains.Contains(key)));
        }

        mayEnd.SetResult();
        Assert.All(await Task.WhenAll(keys.Select(key => silos.Client.WaitAsync(key, TimeSpan.FromSeconds(60)))), e => Assert.Equal(ExecutionPhase.Completed, e.Status!.Phase));
    }

    [Fact]
    public async Task A_door_is_where_its_function_is_and_hands_on_what_its_silo_cannot_run()
    {
        var mayEnd = new TaskCompletionSource();
        await using TestSilos silos = await TestSilos.StartAsync(2, _ => { }, more: (i, k) => k.AddFunction($"only{i}", (KontinueContext ktx) => ktx.Step("a", () => mayEnd.Task)));
        for (int i = 0; i < 20; i++)
        {
            // The second door is asked for what the other silo has.
            await silos.Client.CreateAsync(New($"only{i % 2}", $"right{i}"));
            IDoorGrain wrong = silos.Grains.GetGrain<IDoorGrain>(new DoorKey($"t{i}", $"only{i % 2}", WorkerGroup: null).ToString());
            await wrong.CreateAsync(New($"only{1 - (i % 2)}", $"wrong{i}"), TimeSpan.Zero, CancellationToken.None);
        }

        ILocalSilo[] all = [.. silos.Parts<ILocalSilo>()];
        ILocalSilo[] of = all[0].IsHere(TestSilos.Key("right0")) ? all : [.. all.Reverse()];
        for (int i = 0; i < 20; i++)
        {
            Assert.True(of[i % 2].IsHere(TestSilos.Key($"right{i}")), $"right{i} is not where its function is.");
            Assert.True(of[1 - (i % 2)].IsHere(TestSilos.Key($"wrong{i}")), $"wrong{i} is not where its function is.");
        }

        mayEnd.SetResult();
    }

    private static Execution New(string function, string name) => new()
    {
        Metadata = new ObjectMetadata { Name = name, Namespace = ExecutionKey.DefaultNamespace }, Spec = new ExecutionSpec { Function = function },
    };
}
