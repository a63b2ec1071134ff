using Kontinue.Api.Requests;
using Kontinue.Api.Responses;

namespace Kontinue.Api.Discovery;

/// <summary>Serves what kubectl reads before anything else: which groups, resources and version there are.</summary>
internal sealed class DiscoveryEndpoints(ApiGroup group)
{
    public void Map(ApiPipeline pipeline)
    {
        var documents = new DiscoveryDocuments(group);
        MapRoot(pipeline, "/api", new FixedDocument(DiscoveryDocuments.CoreVersions()), documents, core: true);
        MapRoot(pipeline, "/apis", new FixedDocument(documents.Groups()), documents, core: false);
        Serve($"/apis/{group.Name}", new FixedDocument(documents.Group()));
        Serve(group.Root, new FixedDocument(documents.Resources()));
        Serve("/version", new FixedDocument(ServerVersion.Document()));

        void Serve(string path, FixedDocument document) => pipeline.Map(path, context => document.AnswerAsync(context));
    }

    private static void MapRoot(ApiPipeline pipeline, string path, FixedDocument plain, DiscoveryDocuments documents, bool core)
    {
        FixedDocument v2 = Aggregated("v2");
        FixedDocument v2beta1 = Aggregated("v2beta1");
        pipeline.Map(path, context =>
        {
            AcceptedForm? form = AcceptHeader.Choose(context.Request, static f =>
                f is { Kind: DiscoveryDocuments.AggregatedKind, Group: DiscoveryDocuments.AggregatedGroup, Version: "v2" or "v2beta1" });
            return (form switch { null => plain, { Version: "v2" } => v2, _ => v2beta1 }).AnswerAsync(context);
        });

        // kubectl recognizes the form by these very parameters.
        FixedDocument Aggregated(string version) => new(
            documents.Aggregated(version, core),
            $"application/json;g={DiscoveryDocuments.AggregatedGroup};v={version};as={DiscoveryDocuments.AggregatedKind}");
    }
}
