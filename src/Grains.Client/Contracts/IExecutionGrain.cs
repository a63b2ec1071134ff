using Kontinue.Client;
using Kontinue.Resources;
using Orleans.CodeGeneration;
using Orleans.Concurrency;

namespace Kontinue.Grains.Client.Contracts;

/// <summary>
/// One execution, as a grain: its key is <see cref="ExecutionKey"/>'s text, <c>namespace/name</c>. It lives on the silo that owns the
/// execution, and is there only while somebody asks for it or while the execution is in memory; what it knows is in the store.
/// </summary>
/// <remarks>
/// Members mean what those of <see cref="IKontinueClient"/> of the same name mean, and throw the same. A call that was lost, as when its silo died, may have been
/// carried out; the client of this package makes repeats safe.
/// </remarks>
[Alias("kontinue.execution")]
[GrainInterfaceType("kontinue.execution")]
[Version(GrainCalls.Version)]
public interface IExecutionGrain : IGrainWithStringKey
{
    /// <summary>Creates the execution whose name is the grain's, and may wait for its end.</summary>
    [Alias("create")]
    [ResponseTimeout(GrainCalls.WaitTimeout)]
    Task<Execution> CreateAsync(Execution execution, TimeSpan wait, CancellationToken cancellationToken);

    /// <summary>Checks whether it could be created, and creates nothing.</summary>
    [Alias("try-create")]
    Task<Execution> TryCreateAsync(Execution execution, CancellationToken cancellationToken);

    /// <summary>Reads it.</summary>
    [Alias("get")]
    Task<Execution> GetAsync(CancellationToken cancellationToken);

    /// <summary>Waits for its end, and reads it.</summary>
    [Alias("wait")]
    [ResponseTimeout(GrainCalls.WaitTimeout)]
    Task<Execution> WaitAsync(TimeSpan wait, CancellationToken cancellationToken);

    /// <summary>Ends a suspension early.</summary>
    [Alias("resume")]
    Task ResumeAsync(ResumeRequest request, CancellationToken cancellationToken);

    /// <summary>Asks it to end.</summary>
    [Alias("cancel")]
    Task CancelAsync(CancelRequest request, CancellationToken cancellationToken);

    /// <summary>Sends it an event.</summary>
    [Alias("event")]
    Task SendEventAsync(EventRequest request, CancellationToken cancellationToken);

    /// <summary>Runs it again after it has failed.</summary>
    [Alias("retry")]
    Task RetryAsync(RetryRequest request, CancellationToken cancellationToken);

    /// <summary>Passes over it.</summary>
    [Alias("skip")]
    Task SkipAsync(SkipRequest request, CancellationToken cancellationToken);

    /// <summary>Creates another one with its spec.</summary>
    [Alias("resubmit")]
    Task<Execution> ResubmitAsync(ResubmitRequest request, CancellationToken cancellationToken);

    /// <summary>Changes what may be changed of it.</summary>
    /// <param name="before">As the caller has read it: the change holds for this uid and generation.</param>
    /// <param name="after">As it is to be.</param>
    /// <param name="cancellationToken">Gives up.</param>
    [Alias("update")]
    Task<Execution> UpdateAsync(Execution before, Execution after, CancellationToken cancellationToken);

    /// <summary>Deletes it.</summary>
    [Alias("delete")]
    Task<Execution> DeleteAsync(DeleteRequest request, CancellationToken cancellationToken);

    /// <summary>Reads a part of its journal.</summary>
    [Alias("journal")]
    Task<JournalPage> ReadJournalAsync(long after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// There may be something to do for it: a hint, as one silo gives it to another. Lost, it delays until the next sweep.
    /// </summary>
    [Alias("wake")]
    [OneWay]
    Task WakeAsync();
}
