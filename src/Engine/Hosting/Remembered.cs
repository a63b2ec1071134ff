using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Kontinue.Engine.Hosting;

/// <summary>What is remembered of executions by their uids, to save work: when it is too much all of it is forgotten, which must do no harm. For several threads.</summary>
internal sealed class Remembered<T>
{
    private const int Max = 100_000;

    private readonly ConcurrentDictionary<Guid, T> _all = new();

    public ICollection<Guid> Uids => _all.Keys;

    public bool Contains(Guid uid) => _all.ContainsKey(uid);

    public bool TryGet(Guid uid, [MaybeNullWhen(false)] out T what) => _all.TryGetValue(uid, out what);

    public void Set(Guid uid, T what)
    {
        MakeRoom();
        _all[uid] = what;
    }

    public bool TryAdd(Guid uid, T what)
    {
        MakeRoom();
        return _all.TryAdd(uid, what);
    }

    public bool Remove(Guid uid) => !_all.IsEmpty && _all.TryRemove(uid, out _);

    private void MakeRoom()
    {
        if (_all.Count >= Max)
        {
            _all.Clear();
        }
    }
}
