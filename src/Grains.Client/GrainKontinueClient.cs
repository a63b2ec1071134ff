using Kontinue.Client;
using Kontinue.Grains.Client.Calling;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Resources;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Kontinue.Grains.Client;

/// <summary>Talks to a cluster of Kontinue silos by grain calls. Safe for concurrent use; keep one per cluster.</summary>
/// <remarks>
/// <para>
/// What a dying silo causes is waited out: a call that was refused, as by a silo that stops, is made again with growing waits until
/// <see cref="GrainClientOptions.RequestTimeout"/> is over. A call whose answer was lost is made again if that is safe: all reads, and the
/// changes that say so. When the connection to a silo breaks, calls that may be repeated are repeated at once.
/// </para>
/// <para>
/// A change whose answer was lost for good throws <see cref="UnavailableException"/> with <see cref="UnavailableException.MayHaveBeenDone"/>.
/// </para>
/// </remarks>
public sealed partial class GrainKontinueClient : IKontinueClient
{
    private readonly IGrainFactory _grains;
    private readonly GrainCaller _caller;
    private readonly Doors _doors;

    /// <summary>The key of the query grain. Another one after a failure, so that it is placed anew and reached another way.</summary>
    private volatile QueryKey _query = new(Guid.NewGuid());

    /// <summary>Used by <see cref="GrainClientServiceCollectionExtensions.AddKontinueGrainClient"/>.</summary>
    internal GrainKontinueClient(
        IGrainFactory grains, GatewayWatch gateways, IOptions<GrainClientOptions> options, IOptions<ClusterOptions> cluster, TimeProvider time, bool isSilo)
    {
        _grains = grains;
        _doors = new Doors(grains, time);
        _caller = new GrainCaller(options.Value, gateways, new FailureText(cluster.Value, gateways), time, isSilo);
    }

    private static bool HasEnded(Execution execution) => execution.Status?.Phase.IsTerminal() is true;

    private Task<T> CallAsync<T>(
        ExecutionKey key, GrainCall call, Func<IExecutionGrain, CancellationToken, Task<T>> make, CancellationToken cancellationToken)
    {
        // No execution has such a key, and no grain can.
        if (!GrainCalls.IsKey(key))
        {
            return Task.FromException<T>(new ExecutionNotFoundException(key));
        }

        IExecutionGrain grain = _grains.GetExecution(key);
        return _caller.CallAsync(call, token => make(grain, token), cancellationToken);
    }

    private Task CallAsync(
        ExecutionKey key, GrainCall call, Func<IExecutionGrain, CancellationToken, Task> make, CancellationToken cancellationToken) =>
        CallAsync(
            key, call,
            async (grain, token) =>
            {
                await make(grain, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    private Task<T> AskAsync<T>(GrainCall call, Func<IQueryGrain, CancellationToken, Task<T>> make, CancellationToken cancellationToken)
    {
        QueryKey? failed = null;
        return _caller.CallAsync(
            call,
            token =>
            {
                failed = Query(failed);
                return make(_grains.GetGrain<IQueryGrain>(failed.Value), token);
            },
            cancellationToken);
    }

    /// <summary>The query grain to ask.</summary>
    /// <param name="failed">The one that has just failed; null: none. When another caller has left it before, its successor will do.</param>
    private QueryKey Query(QueryKey? failed)
    {
        QueryKey now = _query;
        if (failed == now)
        {
            Interlocked.CompareExchange(ref _query, new QueryKey(Guid.NewGuid()), now);
        }

        return _query;
    }

    private sealed record QueryKey(Guid Value);
}
