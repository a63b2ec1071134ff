using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Api.Requests;

/// <summary>Finds the uid of a parent that is selected by name.</summary>
internal sealed class SelectorResolver(IKontinueClient client)
{
    /// <summary>The whole selector. A parent that does not exist has no children, so nothing is selected then.</summary>
    public async Task<ExecutionSelector> ResolveAsync(CollectionRequest request, CancellationToken cancellationToken)
    {
        if (request.Fields.OwnerName is not { } owner)
        {
            return request.Selector;
        }

        string ns = request.Selector.Namespace ?? throw QueryReader.Bad(
            "fieldSelector", $"{Selectors.OwnerName} needs a namespace: names are unique only within one. Use a path with one, {Selectors.Namespace}, or {Selectors.OwnerUid}.");
        Guid uid = await FindAsync(new ListQuery { Selector = new ExecutionSelector { Namespace = ns, Name = owner }, Limit = 1 }, cancellationToken);
        return request.Selector with
        {
            ParentUid = request.Selector.ParentUid is null || request.Selector.ParentUid == uid ? uid : Guid.Empty,
        };
    }

    /// <summary>An empty page need not be the last.</summary>
    private async Task<Guid> FindAsync(ListQuery query, CancellationToken cancellationToken)
    {
        while (true)
        {
            ExecutionList page = await client.ListAsync(query, cancellationToken);
            if (page.Items is [{ Metadata.Uid: { } uid }, ..])
            {
                return uid;
            }

            if (page.Metadata.Continue is not { } next)
            {
                return Guid.Empty;
            }

            query = query with { Continue = next };
        }
    }
}
