using Kontinue.Client;

namespace Kontinue.Engine.Requests;

internal sealed partial class InProcessClient
{
    public IAsyncEnumerable<ExecutionEvent> WatchAsync(WatchQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return feed.WatchAsync(query, cancellationToken);
    }
}
