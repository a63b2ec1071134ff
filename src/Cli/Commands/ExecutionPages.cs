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
        var items = new List<Execution>();
        string? next = null, version = null;
        do
        {
            ExecutionList list = await client.ListAsync(
                new ListQuery { Selector = selector, Limit = Math.Min(limit - items.Count, ListQuery.MaxLimit), Continue = next }, cancellationToken);
            items.AddRange(list.Items);
            version ??= list.Metadata.ResourceVersion;
            next = list.Metadata.Continue;
        }
        while (next is not null && items.Count < limit);
        return new ExecutionList { Items = items, Metadata = new ListMetadata { ResourceVersion = version, Continue = next } };
    }

    /// <summary>Reads at most so many suspensions. A page may bring some more than its limit, as one execution may have several.</summary>
    public static async Task<SuspensionList> ReadSuspensionsAsync(IKontinueClient client, ExecutionSelector selector, int limit, CancellationToken cancellationToken)
    {
        var items = new List<Suspension>();
        string? next = null, version = null;
        do
        {
            SuspensionList list = await client.ListSuspensionsAsync(
                new ListQuery { Selector = selector, Limit = Math.Min(limit - items.Count, ListQuery.MaxLimit), Continue = next }, cancellationToken);
            items.AddRange(list.Items);
            version ??= list.Metadata.ResourceVersion;
            next = list.Metadata.Continue;
        }
        while (next is not null && items.Count < limit);
        return new SuspensionList { Items = items, Metadata = new ListMetadata { ResourceVersion = version, Continue = next } };
    }
}
