using System.Text.Json.Nodes;
using Kontinue.Api.Discovery;
using Kontinue.Api.Requests;
using Kontinue.Resources;

namespace Kontinue.Api.OpenApi;

/// <summary>Writes what each path can do, in the form of OpenAPI 3 or 2.</summary>
internal sealed class OperationBuilder(ApiGroup group, SchemaBuilder schemas, bool isVersion2)
{
    /// <summary>What a patch may be. kubectl merges on its side unless a strategic merge patch is named here.</summary>
    private static readonly string[] PatchTypes = ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"];

    private readonly string _groupInIds = string.Concat(group.Name.Split('.', '-').Where(part => part.Length > 0).Select(Capital));

    /// <summary>All paths.</summary>
    public JsonObject Paths()
    {
        var paths = new JsonObject();
        foreach (IGrouping<string, ApiOperation> path in ApiResources.Operations(group)
            .GroupBy(o => o.Path, StringComparer.Ordinal)
            .OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            var item = new JsonObject();
            foreach (ApiOperation operation in path)
            {
                item[operation.Method] = Describe(operation);
            }

            var parameters = new JsonArray();
            AddPathParameter("namespace", "The namespace.");
            AddPathParameter("name", "The name.");
            if (parameters.Count > 0)
            {
                item["parameters"] = parameters;
            }

            paths[path.Key] = item;

            void AddPathParameter(string name, string description)
            {
                if (path.Key.Contains($"{{{name}}}", StringComparison.Ordinal))
                {
                    JsonObject parameter = Parameter(new QueryParameter(name, "string", description), "path");
                    parameter["required"] = true;
                    parameters.Add(parameter);
                }
            }
        }

        return paths;
    }

    private JsonObject Describe(ApiOperation operation)
    {
        var result = new JsonObject
        {
            ["description"] = Sentence(operation), ["operationId"] = Id(operation), ["tags"] = new JsonArray(group.ApiVersion),
        };
        var parameters = new JsonArray([.. OperationParameters.Of(operation).Select(p => (JsonNode)Parameter(p, "query"))]);
        AddBody(operation, result, parameters);
        if (parameters.Count > 0)
        {
            result["parameters"] = parameters;
        }

        if (isVersion2)
        {
            result["produces"] = new JsonArray("application/json");
        }

        result["responses"] = Responses(operation);
        result[OpenApiJson.ActionExtension] = operation.Verb switch
        {
            Verb.Create => "post",
            Verb.Update => "put",
            var verb => verb,
        };
        result[OpenApiJson.KindExtension] = OpenApiJson.Kind(group.Name, ApiGroup.Version, operation.Resource.Kind);
        return result;
    }

    private void AddBody(ApiOperation operation, JsonObject result, JsonArray parameters)
    {
        (JsonObject? schema, IReadOnlyList<string> types, bool required) = (operation.Verb, operation.Subresource) switch
        {
            (_, { Request: { } request } sub) => (schemas.Reference(request), BodyFormat.Plain, sub.IsBodyRequired),
            (Verb.Create or Verb.Update, null) => (schemas.Reference(operation.Resource.Type), BodyFormat.Plain, true),
            (Verb.Patch, null) => (schemas.MetaReference("Patch"), PatchTypes, true),
            (Verb.Delete or Verb.DeleteCollection, null) => (schemas.MetaReference("DeleteOptions"), BodyFormat.Plain, false),
            _ => ((JsonObject?)null, BodyFormat.Plain, false),
        };
        if (schema is null)
        {
            return;
        }

        if (isVersion2)
        {
            parameters.Add(new JsonObject { ["name"] = "body", ["in"] = "body", ["required"] = required, ["schema"] = schema });
            result["consumes"] = new JsonArray([.. types.Select(t => (JsonNode)t)]);
            return;
        }

        var content = new JsonObject();
        foreach (string type in types)
        {
            content[type] = new JsonObject { ["schema"] = schema.DeepClone() };
        }

        result["requestBody"] = required ? new JsonObject { ["content"] = content, ["required"] = true } : new JsonObject { ["content"] = content };
    }

    private JsonObject Responses(ApiOperation operation)
    {
        (string code, Type? type) = (operation.Verb, operation.Subresource) switch
        {
            (Verb.Create, { Response: { } response } sub) => (response == typeof(ErrorStatus) ? "202" : "201", response),
            (_, { } sub) => ("200", sub.Response),
            (Verb.Create, _) => ("201", operation.Resource.Type),
            (Verb.List, _) => ("200", operation.Resource.ListType),
            (Verb.DeleteCollection, _) => ("200", typeof(ErrorStatus)),
            _ => ("200", operation.Resource.Type),
        };
        return new JsonObject { [code] = Response("Done.", type), ["default"] = Response("Why not.", typeof(ErrorStatus)) };
    }

    private JsonObject Response(string description, Type? type)
    {
        var response = new JsonObject { ["description"] = description };
        JsonObject schema = type is null ? new JsonObject { [OpenApiJson.AnyExtension] = true } : schemas.Reference(type);
        if (isVersion2)
        {
            response["schema"] = schema;
        }
        else
        {
            response["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = schema } };
        }

        return response;
    }

    private JsonObject Parameter(QueryParameter parameter, string place)
    {
        var result = new JsonObject { ["name"] = parameter.Name, ["in"] = place, ["description"] = parameter.Description };
        JsonObject schema = isVersion2 ? result : [];
        schema["type"] = parameter.Type;
        if (parameter.Values.Count > 0)
        {
            schema["enum"] = new JsonArray([.. parameter.Values.Select(v => (JsonNode)v)]);
        }

        if (!isVersion2)
        {
            result["schema"] = schema;
        }

        return result;
    }

    private static string Sentence(ApiOperation operation)
    {
        ApiResource resource = operation.Resource;
        return operation.Subresource?.Description ?? operation.Verb switch
        {
            Verb.List when operation.IsAcrossNamespaces => $"Lists or watches {resource.Name} of all namespaces.",
            Verb.List => $"Lists or watches {resource.Name}.",
            Verb.Create => $"Creates an {resource.Singular}.",
            Verb.Get => $"Reads one of the {resource.Name}.",
            Verb.Update => $"Replaces what may be changed of an {resource.Singular}.",
            Verb.Patch => $"Changes what may be changed of an {resource.Singular}.",
            Verb.Delete => $"Deletes an {resource.Singular}.",
            _ => $"Deletes the {resource.Name} that are selected.",
        };
    }

    private string Id(ApiOperation operation)
    {
        string verb = operation.Verb switch
        {
            Verb.Get => "read",
            Verb.Update => "replace",
            Verb.DeleteCollection => "deleteCollection",
            var other => other,
        };
        string scope = operation.Resource.IsNamespaced && !operation.IsAcrossNamespaces ? "Namespaced" : "";
        string sub = operation.Subresource is { } s ? Capital(s.Name) : "";
        string across = operation.IsAcrossNamespaces ? "ForAllNamespaces" : "";
        return $"{verb}{_groupInIds}{Capital(ApiGroup.Version)}{scope}{operation.Resource.Kind}{sub}{across}";
    }

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];
}
