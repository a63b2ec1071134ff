using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary>Reads pages until there is enough.</summary>
internal static class ExecutionPages
{
    /// <summary>Reads at most so many executions.</summary>
    /// <returns>The list, with the version of its first page: a watch from there misses nothing. Its continuation says whether there are more.</returns>
    public static async Task<ExecutionList> ReadAsync(IKontinueClient client, ExecutionSelector selector, int limit, CancellationToken cancellationToken)
    {
        (List<Execution> items, ListMetadata metadata) = await ReadAsync(selector, limit, async query =>
        {
            ExecutionList page = await client.ListAsync(query, cancellationToken);
            return (page.Items, page.Metadata);
        });
        return new ExecutionList { Items = items, Metadata = metadata };
    }

    /// <summary>Reads at most so many suspensions. A page may bring some more than its limit, as one execution may have several.</summary>
    public static async Task<SuspensionList> ReadSuspensionsAsync(IKontinueClient client, ExecutionSelector selector, int limit, CancellationToken cancellationToken)
    {
        (List<Suspension> items, ListMetadata metadata) = await ReadAsync(selector, limit, async query =>
        {
            SuspensionList page = await client.ListSuspensionsAsync(query, cancellationToken);
            return (page.Items, page.Metadata);
        });
        return new SuspensionList { Items = items, Metadata = metadata };
    }

    /// <summary>Reads at most so many archived executions.</summary>
    public static async Task<ArchivedExecutionList> ReadArchivesAsync(IKontinueClient client, ExecutionSelector selector, int limit, CancellationToken cancellationToken)
    {
        (List<ArchivedExecution> items, ListMetadata metadata) = await ReadAsync(selector, limit, async query =>
        {
            ArchivedExecutionList page = await client.ListArchivesAsync(query, cancellationToken);
            return (page.Items, page.Metadata);
        });
        return new ArchivedExecutionList { Items = items, Metadata = metadata };
    }

    private static async Task<(List<T> Items, ListMetadata Metadata)> ReadAsync<T>(
        ExecutionSelector selector, int limit, Func<ListQuery, Task<(IReadOnlyList<T> Items, ListMetadata Metadata)>> read)
    {
        var items = new List<T>();
        string? next = null, version = null;
        do
        {
            (IReadOnlyList<T> page, ListMetadata metadata) = await read(
                new ListQuery { Selector = selector, Limit = Math.Min(limit - items.Count, ListQuery.MaxLimit), Continue = next });
            items.AddRange(page);
            version ??= metadata.ResourceVersion;
            next = metadata.Continue;
        }
        while (next is not null && items.Count < limit);
        return (items, new ListMetadata { ResourceVersion = version, Continue = next });
    }
}
