using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Kontinue.Api.Requests;
using Kontinue.Api.Tables;
using Kontinue.Resources;

namespace Kontinue.Api.Watch;

/// <summary>
/// Tells of resources that are few and have no history: it looks again and again, and tells what is other than before. What changes twice
/// between two looks is told once.
/// </summary>
/// <param name="kind">The kind of what is watched.</param>
/// <param name="interval">How often it looks.</param>
/// <param name="read">Reads what a request selects, and the version of that.</param>
/// <param name="metadata">The metadata of one.</param>
/// <param name="encode">Writes one, as a table if that was asked for.</param>
/// <param name="encoder">Writes bookmarks.</param>
/// <param name="time">The clock.</param>
internal sealed class PolledWatch<T>(
    string kind,
    TimeSpan interval,
    Func<CollectionRequest, CancellationToken, Task<(IReadOnlyList<T> Items, string? Version)>> read,
    Func<T, ObjectMetadata> metadata,
    Func<T, TableFormat?, bool, ReadOnlyMemory<byte>> encode,
    EventEncoder encoder,
    TimeProvider time)
{
    private static readonly TimeSpan BookmarkInterval = TimeSpan.FromMinutes(1);

    public async IAsyncEnumerable<WatchLine> RunAsync(
        CollectionRequest request, TableFormat? table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var told = new Dictionary<string, Told>(StringComparer.Ordinal);
        bool isFirst = true;
        (IReadOnlyList<T> items, string? version) = await read(request, cancellationToken);
        foreach (T item in items)
        {
            told[Name(item)] = new Told(item, Digest(item));

            // Who begins at a version has what is not newer.
            bool isNew = request.BeginsWithState || (request.Version is { } since && SuspensionWatch.Number(metadata(item).ResourceVersion) > since);
            if (isNew)
            {
                yield return Line(request.BeginsWithState ? WatchLine.Added : WatchLine.Modified, item);
            }
        }

        if (request is { BeginsWithState: true, AllowBookmarks: true, SendInitialEvents: true })
        {
            yield return encoder.Bookmark(kind, version ?? "0", table, isInitialEnd: true);
        }

        long marked = time.GetTimestamp();
        using var timer = new PeriodicTimer(interval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            (items, version) = await read(request, cancellationToken);
            foreach ((string type, T item) in Change(told, items))
            {
                yield return Line(type, item);
            }

            if (request.AllowBookmarks && time.GetElapsedTime(marked) >= BookmarkInterval)
            {
                marked = time.GetTimestamp();
                yield return encoder.Bookmark(kind, version ?? "0", table, isInitialEnd: false);
            }
        }

        WatchLine Line(string type, T item)
        {
            var line = new WatchLine(type, encode(item, table, isFirst));
            isFirst = false;
            return line;
        }
    }

    /// <summary>Brings what is told up to date.</summary>
    private List<(string Type, T Item)> Change(Dictionary<string, Told> told, IReadOnlyList<T> items)
    {
        var changes = new List<(string, T)>();
        HashSet<string> gone = [.. told.Keys];
        foreach (T item in items)
        {
            byte[] digest = Digest(item);
            string name = Name(item);
            gone.Remove(name);
            if (!told.TryGetValue(name, out Told before))
            {
                changes.Add((WatchLine.Added, item));
            }
            else if (!before.Digest.AsSpan().SequenceEqual(digest))
            {
                changes.Add((WatchLine.Modified, item));
            }
            else
            {
                continue;
            }

            told[name] = new Told(item, digest);
        }

        foreach (string name in gone)
        {
            changes.Add((WatchLine.Deleted, told[name].Item));
            told.Remove(name);
        }

        return changes;
    }

    private string Name(T item) => metadata(item).Name ?? "";

    private byte[] Digest(T item) => SHA256.HashData(encode(item, null, false).Span);

    private readonly record struct Told(T Item, byte[] Digest);
}
