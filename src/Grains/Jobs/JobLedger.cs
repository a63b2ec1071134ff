using System.Text.Json;

namespace Kontinue.Grains.Jobs;

/// <summary>The rows of one gateway, and what may happen to them. Not for several threads at once.</summary>
internal sealed class JobLedger(int maxJobs, TimeSpan retention)
{
    /// <summary>How long it is known that a job was lost, should its runner come back and still run it.</summary>
    public static readonly TimeSpan LostRetention = TimeSpan.FromDays(1);

    private readonly Dictionary<Guid, JobRow> _rows = [];

    public int Count => _rows.Count;

    /// <summary>Whether there are changes that <see cref="Write"/> has not written.</summary>
    public bool IsDirty { get; private set; }

    public IReadOnlyList<JobRow> In(JobState state) => [.. _rows.Values.Where(row => row.State == state)];

    public JobRow? Find(Guid job) => _rows.GetValueOrDefault(job);

    /// <summary>The row of a job; made from the claim when there is none.</summary>
    /// <exception cref="UnavailableException">There is no room for another one.</exception>
    public JobRow Claim(in JobClaim claim, DateTimeOffset now)
    {
        if (_rows.TryGetValue(claim.Job, out JobRow? row))
        {
            // Whoever asks for one that was lost has not heard of it.
            return row.State == JobState.LostAndTold ? Set(row, JobState.Lost, now) : row;
        }

        if (_rows.Count >= maxJobs)
        {
            Forget(now);
        }

        if (_rows.Count >= maxJobs)
        {
            throw new UnavailableException($"This gateway has {maxJobs} jobs already; of {IJobGatewayGrain.Count} gateways each takes so many.");
        }

        row = new JobRow
        {
            Job = claim.Job, Execution = claim.Execution, ExecutionUid = claim.ExecutionUid, Runner = claim.Runner, Process = claim.Process, Since = now,
        };
        _rows[row.Job] = row;
        IsDirty = true;
        return row;
    }

    /// <summary>What becomes of a job, if it is known and is not so already.</summary>
    public void Move(Guid job, JobState state, DateTimeOffset now)
    {
        if (_rows.TryGetValue(job, out JobRow? row) && row.State != state)
        {
            Set(row, state, now);
        }
    }

    /// <summary>Forgets what has been over for long enough.</summary>
    public void Forget(DateTimeOffset now)
    {
        foreach (JobRow row in _rows.Values)
        {
            TimeSpan? kept = row.State switch { JobState.Ended => retention, JobState.LostAndTold => LostRetention, _ => null };
            if (now - row.Since > kept)
            {
                _rows.Remove(row.Job);
                IsDirty = true;
            }
        }
    }

    public string Write()
    {
        IsDirty = false;
        return _rows.Count == 0 ? "" : JsonSerializer.Serialize(_rows.Values, KontinueJson.Options);
    }

    /// <exception cref="JsonException">It is not what was written.</exception>
    public void Read(string rows)
    {
        foreach (JobRow row in rows.Length == 0 ? [] : JsonSerializer.Deserialize<JobRow[]>(rows, KontinueJson.Options)!)
        {
            _rows[row.Job] = row;
        }
    }

    private JobRow Set(JobRow row, JobState state, DateTimeOffset now)
    {
        IsDirty = true;
        return _rows[row.Job] = row with { State = state, Since = now };
    }
}
