using System.Text.Json.Nodes;
using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Microsoft.AspNetCore.Http;

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
        byte[] outline = ProtobufOutline.Write("Kontinue", ApiGroup.Version);
        pipeline.Map("/openapi/v2", context => WantsProtobuf(context.Request)
            ? Answer.BytesAsync(context, outline, ProtobufOutline.MediaType)
            : AnswerAsync(context, version2.Value));
        Serve("/openapi/v3", index);
        Serve(address, version3);

        void Serve(string path, Lazy<FixedDocument> document) => pipeline.Map(path, context => AnswerAsync(context, document.Value));
    }

    private static Task AnswerAsync(HttpContext context, FixedDocument document)
    {
        AcceptHeader.Choose(context.Request, static _ => false);
        bool named = string.Equals(context.Request.Query["hash"], document.Hash, StringComparison.Ordinal);
        return document.AnswerAsync(context, isImmutable: named);
    }

    private static bool WantsProtobuf(HttpRequest request) =>
        request.Headers.Accept.ToString() is ProtobufOutline.AskedFor or ProtobufOutline.MediaType;
}
