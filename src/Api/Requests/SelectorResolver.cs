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
        ExecutionList found = await client.ListAsync(
            new ListQuery { Selector = new ExecutionSelector { Namespace = ns, Name = owner }, Limit = 1 }, cancellationToken);
        Guid uid = found.Items is [{ Metadata.Uid: { } known }] ? known : Guid.Empty;
        return request.Selector with
        {
            ParentUid = request.Selector.ParentUid is null || request.Selector.ParentUid == uid ? uid : Guid.Empty,
        };
    }
}
