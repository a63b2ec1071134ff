using System.Globalization;
using System.Runtime.CompilerServices;
using Kontinue.Api.Requests;
using Kontinue.Api.Tables;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Api.Watch;

/// <summary>
/// Tells of suspensions, which are not stored: they are read off what executions wait for. That one has ended shows only in what its
/// execution does not wait for any more; therefore each watch remembers what it has told.
/// </summary>
/// <remarks>
/// A watch that begins at a version cannot have told anything. It first learns what is waited for now; for executions that have changed
/// between the version and that, it tells as ended all suspensions that their journals have, since the caller may know them. When that
/// cannot be found out, because the execution is gone or too many have changed, the version counts as expired and the caller lists anew.
/// </remarks>
internal sealed class SuspensionWatch(IKontinueClient client, EventEncoder encoder)
{
    public async IAsyncEnumerable<WatchLine> RunAsync(
        CollectionRequest request, TableFormat? table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var told = new ToldSuspensions();
        bool isFirst = true;
        string? start = null;
        string? next = null;
        do
        {
            SuspensionList page = await client.ListSuspensionsAsync(new ListQuery { Selector = request.Selector, Continue = next }, cancellationToken);
            start ??= page.Metadata.ResourceVersion;
            VersionRule.Check(request, start);
            foreach (Suspension suspension in page.Items)
            {
                told.Add(suspension);
                if (request.BeginsWithState && SuspensionSelection.Selects(request, suspension))
                {
                    yield return Line(WatchLine.Added, suspension);
                }
            }

            next = page.Metadata.Continue;
        }
        while (next is not null);

        if (request is { BeginsWithState: true, SendInitialEvents: true, AllowBookmarks: true } && start is not null)
        {
            yield return encoder.Bookmark(Suspension.DefaultKind, start, table, isInitialEnd: true);
        }

        // Read after the last page: all that is missing on the pages because it had ended, ended before this.
        EndedSuspensions? ended = null;
        if (!request.BeginsWithState && request.Version is { } version)
        {
            SuspensionList now = await client.ListSuspensionsAsync(new ListQuery { Selector = request.Selector, Limit = 1 }, cancellationToken);
            ended = new EndedSuspensions(client, Number(now.Metadata.ResourceVersion));
            start = version.ToString(CultureInfo.InvariantCulture);
        }

        // Executions are followed in whatever phase: that one does not wait any more is what must be seen.
        var query = new WatchQuery { Selector = request.Selector, ResourceVersion = start };
        await foreach (ExecutionEvent change in client.WatchAsync(query, cancellationToken))
        {
            if (change.Execution is not { } execution)
            {
                if (request.AllowBookmarks && !change.IsInitialEnd)
                {
                    yield return encoder.Bookmark(Suspension.DefaultKind, change.ResourceVersion, table, isInitialEnd: false);
                }

                continue;
            }

            long at = Number(change.ResourceVersion);
            bool isGone = change.Type == ExecutionEventType.Deleted;
            IReadOnlyList<Suspension>? before = ended is not null && at <= ended.Until
                ? await ended.FindAsync(execution, isGone, cancellationToken)
                : null;
            foreach ((string type, Suspension suspension) in told.Change(execution, isGone, at, before))
            {
                if (SuspensionSelection.Selects(request, suspension))
                {
                    yield return Line(type, suspension);
                }
            }
        }

        WatchLine Line(string type, Suspension suspension)
        {
            var line = new WatchLine(type, encoder.Encode(suspension, table, isFirst));
            isFirst = false;
            return line;
        }
    }

    internal static long Number(string? version) =>
        long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : 0;
}
