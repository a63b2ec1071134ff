using Kontinue.Client;
using Kontinue.Resources;
using Orleans.CodeGeneration;

namespace Kontinue.Grains.Client.Contracts;

/// <summary>
/// Answers what concerns more than one execution, from the store. Each client has one of its own, under a key that it makes up; it lives
/// wherever it is placed and knows nothing.
/// </summary>
/// <remarks>Members mean what those of <see cref="IKontinueClient"/> of the same name mean, and throw the same.</remarks>
[Alias("kontinue.query")]
[GrainInterfaceType("kontinue.query")]
[Version(GrainCalls.Version)]
public interface IQueryGrain : IGrainWithGuidKey
{
    /// <summary>Creates several, each with an outcome of its own, in order.</summary>
    [Alias("create-many")]
    Task<IReadOnlyList<GrainCreateOutcome>> CreateManyAsync(IReadOnlyList<Execution> executions, CancellationToken cancellationToken);

    /// <summary>Reads a page of executions.</summary>
    [Alias("list")]
    Task<ExecutionList> ListAsync(ListQuery query, CancellationToken cancellationToken);

    /// <summary>Follows changes.</summary>
    [Alias("watch")]
    IAsyncEnumerable<ExecutionEvent> WatchAsync(WatchQuery query, CancellationToken cancellationToken);

    /// <summary>Reads a page of suspensions.</summary>
    [Alias("list-suspensions")]
    Task<SuspensionList> ListSuspensionsAsync(ListQuery query, CancellationToken cancellationToken);

    /// <summary>Reads the functions of all silos.</summary>
    [Alias("list-functions")]
    Task<FunctionList> ListFunctionsAsync(CancellationToken cancellationToken);

    /// <summary>Reads the silos.</summary>
    [Alias("list-silos")]
    Task<SiloList> ListSilosAsync(CancellationToken cancellationToken);

    /// <summary>Reads what an archived tree's root was.</summary>
    [Alias("get-archive")]
    Task<ArchivedExecution> GetArchiveAsync(string @namespace, string name, Guid? uid, CancellationToken cancellationToken);

    /// <summary>Reads a page of archived trees.</summary>
    [Alias("list-archives")]
    Task<ArchivedExecutionList> ListArchivesAsync(ListQuery query, CancellationToken cancellationToken);

    /// <summary>Reads an archived tree.</summary>
    [Alias("read-archive")]
    IAsyncEnumerable<ArchivedTreeLine> ReadArchiveAsync(string @namespace, string name, Guid? uid, CancellationToken cancellationToken);

    /// <summary>Deletes an archived tree.</summary>
    [Alias("delete-archive")]
    Task DeleteArchiveAsync(string @namespace, string name, Guid? uid, CancellationToken cancellationToken);
}
