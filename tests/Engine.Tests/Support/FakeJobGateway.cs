using System.Collections.Concurrent;
using Kontinue.Engine.Jobs;

namespace Kontinue.Engine.Tests.Support;

/// <summary>
/// The world in which jobs run: it outlives silos, each of which has a way to it. Jobs end when the test says so.
/// </summary>
internal sealed class FakeJobWorld
{
    private readonly ConcurrentDictionary<JobId, JobRequest> _jobs = new();
    private readonly ConcurrentQueue<JobRequest> _calls = new();
    private readonly ConcurrentQueue<JobId> _stops = new();
    private volatile IJobListener? _listener;

    /// <summary>Jobs that were begun.</summary>
    public IReadOnlyCollection<JobRequest> Jobs => [.. _jobs.Values];

    /// <summary>Calls that were heard.</summary>
    public IReadOnlyList<JobRequest> Calls => [.. _calls];

    /// <summary>Jobs that were to be stopped, each as often as it was said.</summary>
    public IReadOnlyList<JobId> Stops => [.. _stops];

    /// <summary>Called before a start is heard: what it throws is the answer.</summary>
    public Func<JobRequest, Task>? BeforeStart { get; set; }

    /// <summary>Called before a stop is heard.</summary>
    public Func<JobId, Task>? BeforeStop { get; set; }

    public IJobListener Listener => _listener!;

    public IJobGateway Connect() => new Gateway(this);

    /// <summary>Waits for the begin of a job.</summary>
    public async Task<JobRequest> BegunAsync(string name, int count = 1)
    {
        await Wait.Until(
            () => Task.FromResult(Jobs.Count(job => job.Name == name) >= count),
            () => $"Begun: {string.Join(", ", Jobs.Select(job => job.Name))}.", $"job '{name}' to begin for the {count}. time");
        return Jobs.Where(job => job.Name == name).MaxBy(job => job.RecordedAt)!;
    }

    /// <summary>Reports the end of a job.</summary>
    public Task<bool> EndAsync(JobRequest job, JobOutcome outcome = JobOutcome.Succeeded, int exitCode = 0) => Listener.EndedAsync(
        job.Id, job.Execution, job.ExecutionUid,
        new JobResult
        {
            Outcome = outcome, Message = outcome == JobOutcome.Succeeded ? null : "because", Containers = [new ContainerResult("main", exitCode)],
            LogLines = ["last words"], Tries = 1, Timings = new JobTimings { Queue = TimeSpan.FromTicks(-5), Run = TimeSpan.FromTicks(12345) },
        },
        CancellationToken.None);

    private sealed class Gateway(FakeJobWorld world) : IJobGateway
    {
        public Task AttachAsync(IJobListener listener, CancellationToken cancellationToken)
        {
            world._listener = listener;
            return Task.CompletedTask;
        }

        public Task DetachAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StartAsync(JobRequest request, CancellationToken cancellationToken)
        {
            await (world.BeforeStart?.Invoke(request) ?? Task.CompletedTask);
            world._calls.Enqueue(request);
            world._jobs.TryAdd(request.Id, request);
        }

        public async Task StopAsync(JobId id, string reason, CancellationToken cancellationToken)
        {
            await (world.BeforeStop?.Invoke(id) ?? Task.CompletedTask);
            world._stops.Enqueue(id);
        }
    }
}
