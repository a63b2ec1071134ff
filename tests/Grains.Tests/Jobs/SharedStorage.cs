using System.Collections.Concurrent;
using System.Text.Json;
using Orleans.Storage;

namespace Kontinue.Grains.Tests.Jobs;

/// <summary>Grain storage that outlives the silos, as a database does.</summary>
internal sealed class SharedStorage : IGrainStorage
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Name, GrainId Grain), (string Json, int Version)> _states = [];
    private readonly ConcurrentQueue<bool> _failures = new();
    private int _writes;

    public int Writes => Volatile.Read(ref _writes);

    /// <summary>The next write fails: before it has been done, or after.</summary>
    public void FailNext(bool isDone) => _failures.Enqueue(isDone);

    /// <summary>Another activation, which nobody knows of, has written.</summary>
    public void WriteBehind()
    {
        lock (_gate)
        {
            foreach (((string Name, GrainId Grain) key, (string json, int version)) in _states.ToList())
            {
                _states[key] = (json, version + 1);
            }
        }
    }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (_gate)
        {
            bool exists = _states.TryGetValue((stateName, grainId), out (string Json, int Version) state);
            grainState.State = exists ? JsonSerializer.Deserialize<T>(state.Json)! : Activator.CreateInstance<T>();
            (grainState.RecordExists, grainState.ETag) = (exists, exists ? $"{state.Version}" : null);
            return Task.CompletedTask;
        }
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        bool fails = _failures.TryDequeue(out bool isDone);
        if (fails && !isDone)
        {
            throw new IOException("The database cannot be reached.");
        }

        lock (_gate)
        {
            bool exists = _states.TryGetValue((stateName, grainId), out (string Json, int Version) state);
            string? etag = exists ? $"{state.Version}" : null;
            if (!string.Equals(etag, grainState.ETag, StringComparison.Ordinal))
            {
                throw new InconsistentStateException("Somebody else has written.", etag!, grainState.ETag!);
            }

            _states[(stateName, grainId)] = (JsonSerializer.Serialize(grainState.State), state.Version + 1);
            (grainState.RecordExists, grainState.ETag) = (true, $"{state.Version + 1}");
            _writes++;
        }

        return fails ? throw new IOException("The answer of the database was lost.") : Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();
}
