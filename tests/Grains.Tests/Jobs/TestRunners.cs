using System.Collections.Concurrent;
using Kontinue.Engine.Jobs;
using Kontinue.Hosting.Conformance;

namespace Kontinue.Grains.Tests.Jobs;

/// <summary>What runs jobs, one for each name of a silo. What they have begun outlives their silos, like processes of a machine.</summary>
internal sealed class TestRunners
{
    private readonly ConcurrentDictionary<string, TestRunner> _runners = new();

    /// <summary>The one of a silo.</summary>
    public TestRunner Of(string silo) => _runners.GetOrAdd(silo, static name => new TestRunner(name));

    /// <summary>How often a job was begun, on all silos.</summary>
    public int Begun(JobId job) => _runners.Values.Sum(runner => runner.Begun.Count(begun => begun.Id == job));

    public async Task<(TestRunner Runner, JobRequest Job)> BegunAsync(ExecutionKey execution)
    {
        (TestRunner Runner, JobRequest Job)? found = null;
        await Eventually.HoldsAsync(
            () => (found = _runners.Values.SelectMany(runner => runner.Begun.Select(job => (runner, job))).Where(b => b.job.Execution == execution)
                .Select(b => ((TestRunner, JobRequest)?)b).FirstOrDefault()) is not null,
            $"a job of {execution} to begin");
        return found!.Value;
    }
}

/// <summary>Begins jobs and ends them when it is told to.</summary>
internal sealed class TestRunner(string name) : IJobGateway
{
    private readonly ConcurrentDictionary<JobId, JobRequest> _begun = new();
    private readonly ConcurrentDictionary<JobId, JobResult> _ends = new();
    private volatile IJobListener? _listener;

    public string Name => name;

    public ICollection<JobRequest> Begun => _begun.Values;

    /// <summary>All requests, also those for what had begun.</summary>
    public ConcurrentQueue<JobRequest> Asked { get; } = new();

    public ConcurrentQueue<(JobId Id, string Reason)> Stopped { get; } = new();

    /// <summary>What it answers to requests for jobs that it does not know.</summary>
    public Exception? Refusal { get; set; }

    /// <summary>Its disk is another one.</summary>
    public void Wipe() => _begun.Clear();

    public Task AttachAsync(IJobListener listener, CancellationToken cancellationToken)
    {
        _listener = listener;
        return Task.CompletedTask;
    }

    public Task DetachAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartAsync(JobRequest request, CancellationToken cancellationToken)
    {
        Asked.Enqueue(request);
        if (!_begun.ContainsKey(request.Id) && Refusal is { } refusal)
        {
            throw refusal;
        }

        if (request.Silo == name)
        {
            _begun.TryAdd(request.Id, request);
        }

        if (_ends.TryGetValue(request.Id, out JobResult? end))
        {
            await ReportAsync(request.Id, end);
        }
        else if (!_begun.ContainsKey(request.Id))
        {
            var lost = new JobResult { Outcome = JobOutcome.Lost };
            await _listener!.EndedAsync(request.Id, request.Execution, request.ExecutionUid, lost, CancellationToken.None);
        }
    }

    public Task StopAsync(JobId id, string reason, CancellationToken cancellationToken)
    {
        Stopped.Enqueue((id, reason));
        return Task.CompletedTask;
    }

    public Task EndAsync(JobId id, JobOutcome outcome)
    {
        JobResult end = _ends[id] = new JobResult { Outcome = outcome, Tries = 1 };
        return Eventually.HoldsAsync(() => ReportAsync(id, end), $"the end of job {id} to be taken");
    }

    private async Task<bool> ReportAsync(JobId id, JobResult end)
    {
        try
        {
            JobRequest job = _begun[id];
            await _listener!.EndedAsync(id, job.Execution, job.ExecutionUid, end, CancellationToken.None);
            return true;
        }
        catch (Exception e) when (e is UnavailableException or OrleansException or TimeoutException)
        {
            return false;
        }
    }
}
