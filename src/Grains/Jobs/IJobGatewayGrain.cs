using Kontinue.Engine.Jobs;
using Kontinue.Grains.Client.Contracts;
using Orleans.CodeGeneration;

namespace Kontinue.Grains.Jobs;

/// <summary>
/// Has on record which silo runs which job, so that an id is one job whichever silo asks for it, and what became of jobs whose silo is gone is told. There are
/// <see cref="Count"/>, each with the jobs whose id falls to it. Its silo may die at any time: another activation goes on from the record.
/// </summary>
/// <remarks>
/// It runs nothing, and what jobs are to run goes by it: it answers who is to run one, and the caller tells that silo. Nor do ends depend on it: the silo that ran
/// a job stores its end as a message, which is the truth, and then notes it here. An execution without jobs never comes here.
/// </remarks>
[Alias("kontinue.jobs")]
[GrainInterfaceType("kontinue.jobs")]
[Version(GrainCalls.Version)]
internal interface IJobGatewayGrain : IGrainWithIntegerKey
{
    /// <summary>How many there are. A part of what is stored: with another number, jobs would be looked for where they are not.</summary>
    const int Count = 16;

    /// <summary>Has a job run: by whoever has it already, else by the silo that the claim names. It is on record when this returns.</summary>
    /// <exception cref="UnavailableException">Not now: there are too many jobs, or the record could not be written.</exception>
    [Alias("claim")]
    Task<JobPlace> ClaimAsync(JobClaim claim);

    /// <summary>Who has a job; null: nobody.</summary>
    [Alias("find")]
    Task<JobPlace?> FindAsync(Guid job);

    /// <summary>A job has ended, which is durable elsewhere. One that is not known does not matter.</summary>
    [Alias("ended")]
    Task EndedAsync(Guid job);

    /// <summary>Sees to it that there is an activation, and looks after its jobs if that is due. Each silo that has jobs asks now and then.</summary>
    [Alias("ensure")]
    Task EnsureAsync();

    /// <summary>The key of the one that has a job. The first bits of an id are those of a hash.</summary>
    static long KeyOf(JobId job)
    {
        Span<byte> bytes = stackalloc byte[16];
        job.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        return bytes[0] % Count;
    }
}

/// <summary>Who wants to run a job.</summary>
/// <param name="Job">Its id.</param>
/// <param name="Execution">Whose it is, as <c>namespace/name</c>.</param>
/// <param name="ExecutionUid">That one's uid.</param>
/// <param name="Runner">The name of the silo that would run it.</param>
/// <param name="Process">That silo's id, which is its process'.</param>
[GenerateSerializer]
[Immutable]
[Alias("kontinue.jobs.claim")]
internal readonly record struct JobClaim(Guid Job, string Execution, Guid ExecutionUid, string Runner, Guid Process);

/// <summary>Who has a job.</summary>
/// <param name="Runner">The name of the silo that runs it.</param>
/// <param name="Process">The id of the silo that got it under that name: its successor knows it only if it has the same disk.</param>
/// <param name="State">How it is.</param>
[GenerateSerializer]
[Immutable]
[Alias("kontinue.jobs.place")]
internal readonly record struct JobPlace(string Runner, Guid Process, JobState State);

/// <summary>How a job is, as far as the gateway has heard.</summary>
internal enum JobState
{
    /// <summary>Its runner has it, or was about to get it.</summary>
    Assigned = 0,

    /// <summary>It has ended, and its end was stored.</summary>
    Ended = 1,

    /// <summary>Its runner is gone. That is to be told to its execution.</summary>
    Lost = 2,

    /// <summary>Its runner is gone, and that was told. Should the runner come back, it has to end it.</summary>
    LostAndTold = 3,
}
