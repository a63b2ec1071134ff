using System.Text.Json;
using Kontinue.Api.Requests;
using Kontinue.Api.Watch;
using Kontinue.Client;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Api.Tests;

/// <summary>Watches of what has no history of its own.</summary>
public sealed class PolledWatchTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly ManualTimeProvider _time = new();
    private Silo[] _silos = [SiloTests.Make("a", version: "5"), SiloTests.Make("b", version: "7")];

    [Fact]
    public async Task Changes_AreToldOnce()
    {
        // What waits for the clock must go on within Advance, not at some time after it.
        SynchronizationContext.SetSynchronizationContext(null);
        await using IAsyncEnumerator<WatchLine> watch = Open(new CollectionRequest { Selector = ExecutionSelector.All, Fields = new FieldSelection(), IsWatch = true });
        Assert.Equal("ADDED a 5", await NextAsync(watch));
        Assert.Equal("ADDED b 7", await NextAsync(watch));

        _silos = [SiloTests.Make("a", version: "8", executing: 4), SiloTests.Make("c", version: "9")];
        Assert.Equal("MODIFIED a 8", await NextAsync(watch, Interval));
        Assert.Equal("ADDED c 9", await NextAsync(watch));
        Assert.Equal("DELETED b 7", await NextAsync(watch));

        // The same again is nothing new; then a silo is lost without a new version.
        Task<string> next = NextAsync(watch, Interval);
        _silos = [SiloTests.Make("a", SiloPhase.Lost, "8", executing: 4), SiloTests.Make("c", version: "9")];
        _time.Advance(Interval);
        Assert.Equal("MODIFIED a 8", await next);
    }

    [Fact]
    public async Task FromAVersion_OnlyWhatIsNewer()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        await using IAsyncEnumerator<WatchLine> watch = Open(
            new CollectionRequest { Selector = ExecutionSelector.All, Fields = new FieldSelection(), IsWatch = true, Version = 5 });
        Assert.Equal("MODIFIED b 7", await NextAsync(watch));
    }

    [Fact]
    public async Task Bookmarks_ComeEachMinute()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        await using IAsyncEnumerator<WatchLine> watch = Open(
            new CollectionRequest { Selector = ExecutionSelector.All, Fields = new FieldSelection(), IsWatch = true, Version = 7, AllowBookmarks = true });
        Assert.Equal("BOOKMARK  11", await NextAsync(watch, TimeSpan.FromMinutes(1)));
    }

    private IAsyncEnumerator<WatchLine> Open(CollectionRequest request)
    {
        var encoder = new EventEncoder(new ApiGroup("kontinue.cloud"));
        return new PolledWatch<Silo>(
            Silo.DefaultKind, Interval, (_, _) => Task.FromResult(((IReadOnlyList<Silo>)_silos, (string?)"11")), s => s.Metadata, encoder.Encode, encoder, _time)
            .RunAsync(request, table: null, CancellationToken.None).GetAsyncEnumerator();
    }

    private async Task<string> NextAsync(IAsyncEnumerator<WatchLine> watch, TimeSpan advance = default)
    {
        Task<bool> next = watch.MoveNextAsync().AsTask();
        _time.Advance(advance);
        Assert.True(await next.WaitAsync(Deadline));
        using JsonDocument line = JsonDocument.Parse(watch.Current.Resource);
        JsonElement metadata = line.RootElement.GetProperty("metadata");
        string? name = metadata.TryGetProperty("name", out JsonElement given) ? given.GetString() : "";
        return $"{watch.Current.Type} {name} {metadata.GetProperty("resourceVersion").GetString()}";
    }
}
