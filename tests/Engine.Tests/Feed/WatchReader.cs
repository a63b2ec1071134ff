using Kontinue.Client;
using Kontinue.Engine.Feed;
using Kontinue.Engine.Tests.Support;

namespace Kontinue.Engine.Tests.Feed;

/// <summary>Reads a watch, event by event, with a deadline for each.</summary>
internal sealed class WatchReader : IAsyncDisposable
{
    private readonly IAsyncEnumerator<ExecutionEvent> _events;

    public WatchReader(ChangeFeed feed, ExecutionSelector? selector = null, string? from = null, CancellationToken cancellationToken = default) =>
        _events = feed.WatchAsync(
            new WatchQuery { Selector = selector ?? ExecutionSelector.All, ResourceVersion = from }, cancellationToken).GetAsyncEnumerator(CancellationToken.None);

    /// <summary>Begins a watch and reads up to the bookmark that says that it is live.</summary>
    public static async Task<WatchReader> StartAsync(ChangeFeed feed, ExecutionSelector? selector = null, string? from = null)
    {
        var reader = new WatchReader(feed, selector, from);
        for (ExecutionEvent next = await reader.NextAsync(); next is not { Type: ExecutionEventType.Bookmark, IsInitialEnd: false };)
        {
            next = await reader.NextAsync();
        }

        return reader;
    }

    public async Task<ExecutionEvent> NextAsync() =>
        await Wait.For(_events.MoveNextAsync().AsTask(), "the next event of a watch") ? _events.Current : throw new InvalidOperationException("A watch ends with a reason.");

    /// <summary>The next events as text, such as "Added a" or "Bookmark".</summary>
    public async Task<string[]> NextAsync(int count)
    {
        var texts = new string[count];
        for (int i = 0; i < count; i++)
        {
            ExecutionEvent next = await NextAsync();
            texts[i] = $"{next.Type}{(next.IsInitialEnd ? " initial" : "")} {next.Execution?.Key.Name}".TrimEnd();
        }

        return texts;
    }

    public ValueTask DisposeAsync() => _events.DisposeAsync();
}
