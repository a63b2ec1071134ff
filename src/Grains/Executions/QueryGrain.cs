using System.Runtime.CompilerServices;
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
internal sealed class QueryGrain(IKontinueClient client, Draining draining) : Grain, IQueryGrain
{
    public async Task<IReadOnlyList<GrainCreateOutcome>> CreateManyAsync(IReadOnlyList<Execution> executions, CancellationToken cancellationToken)
    {
        IReadOnlyList<CreateOutcome> outcomes = await client.CreateManyAsync(executions, cancellationToken).ConfigureAwait(true);
        return [.. outcomes.Select(outcome => new GrainCreateOutcome(outcome.Execution, outcome.Error))];
    }

    public Task<ExecutionList> ListAsync(ListQuery query, CancellationToken cancellationToken) => Pages.ReadAsync(
        query.Limit, most => client.ListAsync(query with { Limit = most }, cancellationToken), static page => page.Items.Count, Pages.BytesOf);

    /// <summary>Ends when this silo or its process begins to stop, which would have to wait for it: who watches goes on elsewhere.</summary>
    public async IAsyncEnumerable<ExecutionEvent> WatchAsync(WatchQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(draining.Begun, cancellationToken);
        IAsyncEnumerator<ExecutionEvent> events = client.WatchAsync(query, either.Token).GetAsyncEnumerator(either.Token);
        await using ConfiguredAsyncDisposable leaving = events.ConfigureAwait(true);
        while (true)
        {
            try
            {
                if (!await events.MoveNextAsync().ConfigureAwait(true))
                {
                    yield break;
                }
            }
            catch (OperationCanceledException) when (draining.Begun.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                yield break;
            }
            catch (UnavailableException)
            {
                // The process is told to stop, and its feed of changes hears of that before its silo does.
                yield break;
            }

            yield return events.Current;
        }
    }

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
