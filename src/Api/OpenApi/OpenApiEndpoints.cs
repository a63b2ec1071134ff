using System.Text.Json.Nodes;
using Kontinue.Api.Requests;
using Kontinue.Api.Responses;

namespace Kontinue.Api.OpenApi;

/// <summary>Serves the OpenAPI documents. They are written when somebody first asks.</summary>
internal sealed class OpenApiEndpoints(ApiGroup group)
{
    public void Map(ApiPipeline pipeline)
    {
        string address = $"/openapi/v3{group.Root}";
        var version3 = new Lazy<FixedDocument>(() => new FixedDocument(new OpenApiDocuments(group).Version3()));
        var version2 = new Lazy<FixedDocument>(() => new FixedDocument(new OpenApiDocuments(group).Version2()));
        var index = new Lazy<FixedDocument>(() => new FixedDocument(new JsonObject
        {
            ["paths"] = new JsonObject
            {
                [group.Root[1..]] = new JsonObject { ["serverRelativeURL"] = $"{address}?hash={version3.Value.Hash}" },
            },
        }));
        Serve("/openapi/v2", version2);
        Serve("/openapi/v3", index);
        Serve(address, version3);

        void Serve(string path, Lazy<FixedDocument> document) => pipeline.Map(path, context =>
        {
            AcceptHeader.Choose(context.Request, static _ => false);
            bool named = string.Equals(context.Request.Query["hash"], document.Value.Hash, StringComparison.Ordinal);
            return document.Value.AnswerAsync(context, isImmutable: named);
        });
    }
}
