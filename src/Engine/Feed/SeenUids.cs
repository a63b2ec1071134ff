using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Feed;

/// <summary>
/// Knows of executions whether they were told before. It remembers the latest only; of one that was created so long ago that it may have
/// been forgotten, it says that it was told.
/// </summary>
/// <param name="since">Those created until then count as told, unless they are as they were inserted.</param>
internal sealed class SeenUids(DateTimeOffset since)
{
    private const int MaxGeneration = 32_768;

    private HashSet<Guid> _current = [];
    private HashSet<Guid> _older = [];
    private DateTimeOffset _latestOfCurrent = since;
    private DateTimeOffset _latestOfOlder = since;
    private DateTimeOffset _forgotten = since;

    /// <summary>Whether an execution was not told before; from now on it was.</summary>
    public bool Add(ExecutionRow row)
    {
        if (_current.Contains(row.Uid))
        {
            return false;
        }

        bool isNew = !_older.Contains(row.Uid) && (row.CreatedAt > _forgotten || row.Revision <= 1);
        if (_current.Count == MaxGeneration)
        {
            _forgotten = _latestOfOlder;
            (_older, _latestOfOlder) = (_current, _latestOfCurrent);
            _current = [];
        }

        _current.Add(row.Uid);
        _latestOfCurrent = row.CreatedAt > _latestOfCurrent ? row.CreatedAt : _latestOfCurrent;
        return isNew;
    }
}
