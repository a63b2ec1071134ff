using System.Runtime.CompilerServices;
using Kontinue.Api.Endpoints;
using Kontinue.Api.Requests;
using Kontinue.Api.Tables;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Api.Watch;

/// <summary>Tells of the functions that there are. They do not change while a server runs; so there is nothing more to tell.</summary>
internal sealed class FunctionWatch(IKontinueClient client, EventEncoder encoder, TimeProvider time)
{
    private static readonly TimeSpan BookmarkInterval = TimeSpan.FromMinutes(1);

    public async IAsyncEnumerable<WatchLine> RunAsync(
        CollectionRequest request, TableFormat? table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        FunctionList functions = await FunctionEndpoints.ReadAsync(client, request, cancellationToken);
        string version = functions.Metadata.ResourceVersion ?? "0";
        if (request.BeginsWithState)
        {
            for (int i = 0; i < functions.Items.Count; i++)
            {
                yield return new WatchLine(WatchLine.Added, encoder.Encode(functions.Items[i], table, isFirst: i == 0));
            }

            if (request is { AllowBookmarks: true, SendInitialEvents: true })
            {
                yield return encoder.Bookmark(Function.DefaultKind, version, table, isInitialEnd: true);
            }
        }

        while (true)
        {
            await Task.Delay(BookmarkInterval, time, cancellationToken);
            if (request.AllowBookmarks)
            {
                yield return encoder.Bookmark(Function.DefaultKind, version, table, isInitialEnd: false);
            }
        }
    }
}
