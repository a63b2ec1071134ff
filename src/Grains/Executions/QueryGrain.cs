using Kontinue.Client;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Resources;
using Orleans.Concurrency;
using Orleans.Placement;

namespace Kontinue.Grains.Executions;

/// <summary>Hands questions on to the client of this process: of the one that is asked first, for any can answer.</summary>
[Reentrant]
[GrainType("kontinue.query")]
[PreferLocalPlacement]
internal sealed class QueryGrain(IKontinueClient client) : Grain, IQueryGrain
{
    public async Task<IReadOnlyList<GrainCreateOutcome>> CreateManyAsync(IReadOnlyList<Execution> executions, CancellationToken cancellationToken)
    {
        IReadOnlyList<CreateOutcome> outcomes = await client.CreateManyAsync(executions, cancellationToken).ConfigureAwait(true);
        return [.. outcomes.Select(outcome => new GrainCreateOutcome(outcome.Execution, outcome.Error))];
    }

    public Task<ExecutionList> ListAsync(ListQuery query, CancellationToken cancellationToken) => Pages.ReadAsync(
        query.Limit, most => client.ListAsync(query with { Limit = most }, cancellationToken), static page => page.Items.Count, Pages.BytesOf);

    public IAsyncEnumerable<ExecutionEvent> WatchAsync(WatchQuery query, CancellationToken cancellationToken) =>
        client.WatchAsync(query, cancellationToken);

    public Task<SuspensionList> ListSuspensionsAsync(ListQuery query, CancellationToken cancellationToken) =>
        client.ListSuspensionsAsync(query, cancellationToken);

    public Task<FunctionList> ListFunctionsAsync(CancellationToken cancellationToken) => client.ListFunctionsAsync(cancellationToken);

    public Task<SiloList> ListSilosAsync(CancellationToken cancellationToken) => client.ListSilosAsync(cancellationToken);

    public Task<ArchivedExecution> GetArchiveAsync(string @namespace, string name, Guid? uid, CancellationToken cancellationToken) =>
        client.GetArchiveAsync(new ExecutionKey(@namespace, name), uid, cancellationToken);

    public Task<ArchivedExecutionList> ListArchivesAsync(ListQuery query, CancellationToken cancellationToken) =>
        client.ListArchivesAsync(query, cancellationToken);

    public IAsyncEnumerable<ArchivedTreeLine> ReadArchiveAsync(
        string @namespace, string name, Guid? uid, CancellationToken cancellationToken) =>
        client.ReadArchiveAsync(new ExecutionKey(@namespace, name), uid, cancellationToken);

    public Task DeleteArchiveAsync(string @namespace, string name, Guid? uid, CancellationToken cancellationToken) =>
        client.DeleteArchiveAsync(new ExecutionKey(@namespace, name), uid, cancellationToken);
}
