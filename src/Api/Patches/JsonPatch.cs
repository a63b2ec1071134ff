using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kontinue.Api.Patches;

/// <summary>JSON patch (RFC 6902): a list of operations, all of which succeed or none.</summary>
/// <remarks>
/// Our own, because Microsoft.AspNetCore.JsonPatch.SystemTextJson passes over operations that it does not know, cannot test for null,
/// and lets copies of copies grow without bound.
/// </remarks>
internal sealed class JsonPatch
{
    /// <summary>As Kubernetes' API server has it.</summary>
    public const int MaxOperations = 10_000;

    private readonly List<Operation> _operations;
    private readonly int _maxCopied;

    private JsonPatch(List<Operation> operations, int maxCopied) => (_operations, _maxCopied) = (operations, maxCopied);

    /// <summary>Reads a patch.</summary>
    /// <param name="body">An array of operations.</param>
    /// <param name="maxCopied">How many characters of JSON all copies together may make.</param>
    /// <exception cref="PatchException">It is not a patch.</exception>
    public static JsonPatch Parse(JsonNode? body, int maxCopied)
    {
        if (body is not JsonArray array)
        {
            throw new PatchException("A JSON patch is an array of operations, such as [{\"op\": \"add\", \"path\": \"/metadata/labels/team\", \"value\": \"blue\"}].");
        }

        if (array.Count > MaxOperations)
        {
            throw new PatchException($"The patch has {array.Count:N0} operations; at most {MaxOperations:N0} are allowed.");
        }

        return new JsonPatch([.. array.Select(ReadOperation)], maxCopied);
    }

    /// <summary>Applies the patch.</summary>
    /// <param name="document">The document; it is changed in place, also when the patch fails half-way.</param>
    /// <exception cref="PatchException">An operation cannot be done.</exception>
    public JsonNode? Apply(JsonNode? document)
    {
        int copied = 0;
        for (int i = 0; i < _operations.Count; i++)
        {
            try
            {
                document = Apply(document, _operations[i], ref copied);
            }
            catch (PatchException e)
            {
                throw new PatchException($"Operation {i} ({_operations[i].Name}): {e.Message}", e.IsUnmet);
            }
        }

        return document;
    }

    private static Operation ReadOperation(JsonNode? node, int index)
    {
        JsonObject operation = node as JsonObject ?? throw new PatchException($"Operation {index} is not an object.");
        string name = Text("op");
        if (name is not ("add" or "remove" or "replace" or "move" or "copy" or "test"))
        {
            throw new PatchException($"Operation {index}: '{name}' is not one of add, remove, replace, move, copy, test.");
        }

        JsonPointer path = JsonPointer.Parse(Text("path"));
        JsonPointer? from = name is "move" or "copy" ? JsonPointer.Parse(Text("from")) : null;
        if (name is "move" && from!.Contains(path) && !path.Contains(from))
        {
            throw new PatchException($"Operation {index}: '{from}' cannot be moved into itself.");
        }

        return name is not ("add" or "replace" or "test") || operation.ContainsKey("value")
            ? new Operation(name, path, from, operation["value"])
            : throw new PatchException($"Operation {index} ({name}) needs a \"value\"; write null for none.");

        string Text(string field) =>
            operation[field] is JsonValue value && value.GetValueKind() == JsonValueKind.String
                ? value.GetValue<string>()
                : throw new PatchException($"Operation {index} needs \"{field}\", a string.");
    }

    private JsonNode? Apply(JsonNode? document, Operation operation, ref int copied)
    {
        (string name, JsonPointer path, JsonPointer? from, JsonNode? value) = operation;
        switch (name)
        {
            case "test":
                return JsonNode.DeepEquals(path.Get(document), value)
                    ? document
                    : throw new PatchException($"'{path}' has another value than the one tested for.", isUnmet: true);
            case "add":
                return Add(document, path, value?.DeepClone());
            case "replace":
                path.Get(document);
                return path.IsRoot ? value?.DeepClone() : Replace(document, path, value?.DeepClone());
            case "remove":
                return Remove(document, path);
            case "move":
                JsonNode? moved = from!.Get(document);
                return path.Contains(from) && from.Contains(path) ? document : Add(Remove(document, from), path, moved);
            default:
                JsonNode? copy = from!.Get(document)?.DeepClone();
                copied += copy?.ToJsonString().Length ?? 4;
                return copied <= _maxCopied
                    ? Add(document, path, copy)
                    : throw new PatchException($"The copies are larger than {_maxCopied:N0} characters together.");
        }
    }

    private static JsonNode? Add(JsonNode? document, JsonPointer path, JsonNode? value)
    {
        if (path.IsRoot)
        {
            return value;
        }

        if (path.GetParent(document) is JsonArray array)
        {
            array.Insert(path.Last is "-" ? array.Count : path.Index(path.Last, array.Count + 1), value);
        }
        else
        {
            path.GetParent(document).AsObject()[path.Last] = value;
        }

        return document;
    }

    private static JsonNode? Replace(JsonNode? document, JsonPointer path, JsonNode? value)
    {
        if (path.GetParent(document) is JsonArray array)
        {
            array[path.Index(path.Last, array.Count)] = value;
        }
        else
        {
            path.GetParent(document).AsObject()[path.Last] = value;
        }

        return document;
    }

    private static JsonNode? Remove(JsonNode? document, JsonPointer path)
    {
        path.Get(document);
        if (path.IsRoot)
        {
            return null;
        }

        if (path.GetParent(document) is JsonArray array)
        {
            array.RemoveAt(path.Index(path.Last, array.Count));
        }
        else
        {
            path.GetParent(document).AsObject().Remove(path.Last);
        }

        return document;
    }

    private sealed record Operation(string Name, JsonPointer Path, JsonPointer? From, JsonNode? Value);
}
