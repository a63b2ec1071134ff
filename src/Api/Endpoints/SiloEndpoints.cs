using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Api.Tables;
using Kontinue.Api.Watch;
using Kontinue.Client;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Endpoints;

/// <summary>The silos that are remembered. They register themselves, so they are only read; there are few, so a list has one page.</summary>
internal sealed class SiloEndpoints(IKontinueClient client, ApiGroup group, WatchResponder responder, EventEncoder encoder, TimeProvider time)
{
    /// <summary>A lease is renewed every few seconds, and a dead silo is seen by others no sooner than its lease is over.</summary>
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(2);

    private readonly PolledWatch<Silo> _watch = new(
        Silo.DefaultKind, WatchInterval, async (request, token) =>
        {
            SiloList list = await ReadAsync(client, request, token);
            return (list.Items, list.Metadata.ResourceVersion);
        },
        static silo => silo.Metadata, encoder.Encode, encoder, time);

    public void Map(ApiPipeline pipeline)
    {
        pipeline.Map($"{group.Root}/silos", ListAsync);
        pipeline.Map($"{group.Root}/silos/{{name}}", GetAsync);
    }

    private static async Task<SiloList> ReadAsync(IKontinueClient client, CollectionRequest request, CancellationToken cancellationToken)
    {
        SiloList all = await client.ListSilosAsync(cancellationToken);
        VersionRule.Check(request, all.Metadata.ResourceVersion);
        return all with
        {
            Items = [.. all.Items.Where(s => request.Selects(s.Metadata))],
        };
    }

    private async Task ListAsync(HttpContext context)
    {
        CollectionRequest request = CollectionReader.Read(context.Request, Selectors.SiloFields);
        var table = TableFormat.From(context.Request, time);
        if (request.IsWatch)
        {
            await responder.RunAsync(context, request.Timeout, token => _watch.RunAsync(request, table, token));
            return;
        }

        VersionRule.RefuseExact(request);
        SiloList shown = group.Show(await ReadAsync(client, request, context.RequestAborted));
        await (table is null
            ? Answer.JsonAsync(context, shown, KontinueJsonContext.Writing.SiloList)
            : table.AnswerAsync(context, shown.Items, shown.Metadata));
    }

    private async Task GetAsync(HttpContext context)
    {
        string name = PathReader.Name(context.Request);
        var table = TableFormat.From(context.Request, time);
        SiloList all = await client.ListSilosAsync(context.RequestAborted);
        Silo shown = group.Show(all.Items.FirstOrDefault(s => string.Equals(s.Metadata.Name, name, StringComparison.Ordinal))
            ?? throw new ApiException(StatusFactory.NotFound("silos", name, name)));
        await (table is null
            ? Answer.JsonAsync(context, shown, KontinueJsonContext.Writing.Silo)
            : table.AnswerAsync(context, [shown], new ListMetadata { ResourceVersion = all.Metadata.ResourceVersion }));
    }
}
