using System.Globalization;
using System.Runtime.CompilerServices;
using Kontinue.Api.Requests;
using Kontinue.Api.Tables;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Api.Watch;

/// <summary>Tells what happens to executions.</summary>
internal sealed class ExecutionWatch(IKontinueClient client, EventEncoder encoder, SelectorResolver resolver)
{
    public async IAsyncEnumerable<WatchLine> RunAsync(
        CollectionRequest request, TableFormat? table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ExecutionSelector selector = await resolver.ResolveAsync(request, cancellationToken);
        var query = new WatchQuery { Selector = selector, ResourceVersion = await StartAsync(request, cancellationToken) };
        bool isFirst = true;
        await foreach (ExecutionEvent change in client.WatchAsync(query, cancellationToken))
        {
            if (change.Type == ExecutionEventType.Bookmark)
            {
                if (request.AllowBookmarks && (!change.IsInitialEnd || request.SendInitialEvents == true))
                {
                    yield return encoder.Bookmark(Execution.DefaultKind, change.ResourceVersion, table, change.IsInitialEnd);
                }

                continue;
            }

            yield return new WatchLine(NameOf(change.Type), encoder.Encode(change.Execution!, table, isFirst));
            isFirst = false;
        }
    }

    private static string NameOf(ExecutionEventType type) => type switch
    {
        ExecutionEventType.Added => WatchLine.Added,
        ExecutionEventType.Deleted => WatchLine.Deleted,
        _ => WatchLine.Modified,
    };

    /// <summary>The version to begin after; null to begin with what there is.</summary>
    private async Task<string?> StartAsync(CollectionRequest request, CancellationToken cancellationToken)
    {
        if (!request.BeginsWithState && request.Version is { } version)
        {
            return version.ToString(CultureInfo.InvariantCulture);
        }

        // Without a version the state is the newest there is, or what is begun after.
        if (request.BeginsWithState && request.Version is null)
        {
            return null;
        }

        ExecutionList now = await client.ListAsync(new ListQuery { Limit = 1 }, cancellationToken);
        VersionRule.Check(request, now.Metadata.ResourceVersion);
        return request.BeginsWithState ? null : now.Metadata.ResourceVersion;
    }
}
