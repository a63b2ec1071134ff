using System.Collections.Concurrent;
using Kontinue.Engine.Jobs;

namespace Kontinue.Jobs.Tests.Support;

/// <summary>An engine that notes what it is told.</summary>
internal sealed class Listener : IJobListener
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<(JobId Id, JobResult Result)> _ends = new();
    private readonly SemaphoreSlim _told = new(0);
    private int _refusals;

    public ConcurrentDictionary<Guid, JobOwner> Owners { get; } = new();

    public ConcurrentDictionary<string, bool> AliveSilos { get; } = new();

    /// <summary>All ends that were told, also those told twice.</summary>
    public IReadOnlyList<(JobId Id, JobResult Result)> Ends => [.. _ends];

    /// <summary>The next reports are refused, as while a store is away.</summary>
    public void Refuse(int times) => Volatile.Write(ref _refusals, times);

    public Task<bool> EndedAsync(JobId id, ExecutionKey execution, Guid executionUid, JobResult result, CancellationToken cancellationToken)
    {
        if (Interlocked.Decrement(ref _refusals) >= 0)
        {
            throw new UnavailableException("The store is away.");
        }

        _ends.Enqueue((id, result));
        _told.Release();
        return Task.FromResult(true);
    }

    public Task<JobOwner> LookUpAsync(ExecutionKey execution, Guid executionUid, CancellationToken cancellationToken) =>
        Task.FromResult(Owners.GetValueOrDefault(executionUid));

    public Task<bool> IsSiloAliveAsync(string silo, CancellationToken cancellationToken) => Task.FromResult(AliveSilos.GetValueOrDefault(silo));

    /// <summary>Waits until so many ends of a job were told, and returns the last.</summary>
    public async Task<JobResult> EndOfAsync(JobId id, int count = 1)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (_ends.Count(end => end.Id == id) < count)
        {
            try
            {
                await _told.WaitAsync(TimeSpan.FromMilliseconds(50), deadline.Token);
            }
            catch (OperationCanceledException e)
            {
                throw new TimeoutException($"Waited {Deadline.TotalSeconds:F0} s in vain for end number {count} of job {id}.", e);
            }
        }

        return _ends.Last(end => end.Id == id).Result;
    }
}
