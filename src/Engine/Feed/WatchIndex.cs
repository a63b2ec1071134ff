using System.Runtime.InteropServices;
using Kontinue.Client;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Feed;

/// <summary>
/// Finds the watches that a change may concern without asking each. A watch stands in one place only, the narrowest that its selector
/// allows; whether the change is for it, it decides itself. Not safe for several threads at once.
/// </summary>
/// <typeparam name="TWatch">What stands for a watch.</typeparam>
internal sealed class WatchIndex<TWatch>
    where TWatch : notnull
{
    private readonly Dictionary<Place, HashSet<TWatch>> _places = [];

    /// <summary>All that stand in a place of a label. Labels are the only places that an execution can leave.</summary>
    private readonly HashSet<TWatch> _byLabel = [];

    /// <summary>How many watches there are.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a watch; once only.</summary>
    public void Add(TWatch watch, ExecutionSelector selector)
    {
        var place = Place.Of(selector);
        ref HashSet<TWatch>? watches = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, place, out _);
        Count += (watches ??= []).Add(watch) ? 1 : 0;
        if (place.Kind == PlaceKind.Label)
        {
            _byLabel.Add(watch);
        }
    }

    /// <summary>Removes a watch, if it is there.</summary>
    /// <param name="watch">The watch.</param>
    /// <param name="selector">The selector that it was added with.</param>
    public void Remove(TWatch watch, ExecutionSelector selector)
    {
        var place = Place.Of(selector);
        if (!_places.TryGetValue(place, out HashSet<TWatch>? watches) || !watches.Remove(watch))
        {
            return;
        }

        Count--;
        _byLabel.Remove(watch);
        if (watches.Count == 0)
        {
            _places.Remove(place);
        }
    }

    /// <summary>Collects the watches that a change may concern, each once.</summary>
    /// <param name="change">The change.</param>
    /// <param name="found">Takes them.</param>
    public void Find(FeedChange change, List<TWatch> found)
    {
        ExecutionRow row = change.Row;
        Take(Place.OfKey(row.Key), found);
        Take(Place.OfFunction(row.Function), found);
        Take(Place.OfNamespace(row.Key.Namespace), found);
        Take(default, found);
        if (row.ParentUid is { } parent)
        {
            Take(Place.OfParent(parent), found);
        }

        if (_byLabel.Count == 0)
        {
            return;
        }

        // Whoever told of it by a label that it has no more must say so. Nobody knows which label that was; few executions are changed.
        if (row.Generation > 1)
        {
            found.AddRange(_byLabel);
            return;
        }

        if (change.Labels is { } labels)
        {
            foreach ((string key, string value) in labels)
            {
                Take(Place.OfLabel(key, value), found);
            }
        }
    }

    private void Take(Place place, List<TWatch> found)
    {
        if (_places.TryGetValue(place, out HashSet<TWatch>? watches))
        {
            found.AddRange(watches);
        }
    }

    private enum PlaceKind
    {
        All = 0,
        Namespace,
        Function,
        Label,
        Parent,
        Key,
    }

    /// <summary>What all that a watch selects have in common.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Place(PlaceKind Kind, string? First, string? Second, Guid Uid)
    {
        public static Place Of(ExecutionSelector selector) =>
            selector.SingleKey() is { } key ? OfKey(key)
            : selector.ParentUid is { } parent ? OfParent(parent)
            : selector.FirstEqualLabel() is { } label ? OfLabel(label.Key, label.Values[0])
            : selector.Function is { } function ? OfFunction(function)
            : selector.Namespace is { } ns ? OfNamespace(ns)
            : default;

        public static Place OfKey(ExecutionKey key) => new(PlaceKind.Key, key.Namespace, key.Name, default);

        public static Place OfParent(Guid uid) => new(PlaceKind.Parent, null, null, uid);

        public static Place OfLabel(string key, string value) => new(PlaceKind.Label, key, value, default);

        public static Place OfFunction(string name) => new(PlaceKind.Function, name, null, default);

        public static Place OfNamespace(string name) => new(PlaceKind.Namespace, name, null, default);
    }
}
