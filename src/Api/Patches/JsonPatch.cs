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
    /// <summary>A tenth of what Kubernetes' API server takes: what may be changed of an execution is small.</summary>
    public const int MaxOperations = 1000;

    /// <summary>As deep as JSON may be that is read. Whatever is deeper cannot be cloned or written, because both recurse.</summary>
    public const int MaxDepth = 64;

    /// <summary>How many values all operations together may look at or shift.</summary>
    public const int MaxWork = 1_000_000;

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

    /// <summary>All places that the patch changes or takes something from.</summary>
    public IEnumerable<JsonPointer> Touched =>
        _operations.Where(o => o.Name is not "test").SelectMany(o => o.From is null ? [o.Path] : new[] { o.Path, o.From });

    /// <summary>Applies the patch.</summary>
    /// <param name="document">The document; it is changed in place, also when the patch fails half-way.</param>
    /// <exception cref="PatchException">An operation cannot be done.</exception>
    public JsonNode? Apply(JsonNode? document)
    {
        var spent = new Spent(_maxCopied);
        for (int i = 0; i < _operations.Count; i++)
        {
            try
            {
                document = Apply(document, _operations[i], spent);
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

    private static JsonNode? Apply(JsonNode? document, Operation operation, Spent spent)
    {
        (string name, JsonPointer path, JsonPointer? from, JsonNode? value) = operation;
        switch (name)
        {
            case "test":
                return JsonNode.DeepEquals(path.Get(document), value)
                    ? document
                    : throw new PatchException($"'{path}' has another value than the one tested for.", isUnmet: true);
            case "add":
                spent.Measure(value, path);
                return Add(document, path, value?.DeepClone(), spent);
            case "replace":
                path.Get(document);
                spent.Measure(value, path);
                return path.IsRoot ? value?.DeepClone() : Replace(document, path, value?.DeepClone());
            case "remove":
                return Remove(document, path, spent);
            case "move":
                JsonNode? moved = from!.Get(document);
                if (path.Contains(from) && from.Contains(path))
                {
                    return document;
                }

                spent.Measure(moved, path);
                return Add(Remove(document, from, spent), path, moved, spent);
            default:
                JsonNode? original = from!.Get(document);
                spent.Measure(original, path);
                JsonNode? copy = original?.DeepClone();
                spent.Copy(copy);
                return Add(document, path, copy, spent);
        }
    }

    private static JsonNode? Add(JsonNode? document, JsonPointer path, JsonNode? value, Spent spent)
    {
        if (path.IsRoot)
        {
            return value;
        }

        if (path.GetParent(document) is JsonArray array)
        {
            spent.Work(array.Count);
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

    private static JsonNode? Remove(JsonNode? document, JsonPointer path, Spent spent)
    {
        path.Get(document);
        if (path.IsRoot)
        {
            return null;
        }

        if (path.GetParent(document) is JsonArray array)
        {
            spent.Work(array.Count);
            array.RemoveAt(path.Index(path.Last, array.Count));
        }
        else
        {
            JsonObject parent = path.GetParent(document).AsObject();
            spent.Work(parent.Count);
            parent.Remove(path.Last);
        }

        return document;
    }

    private sealed record Operation(string Name, JsonPointer Path, JsonPointer? From, JsonNode? Value);

    /// <summary>What one application has cost so far.</summary>
    private sealed class Spent(int maxCopied)
    {
        private int _work;
        private int _copied;

        public void Work(int values)
        {
            _work += values;
            if (_work > MaxWork)
            {
                throw new PatchException($"The patch moves more than {MaxWork:N0} values about. Write what shall be there with one operation.");
            }
        }

        public void Copy(JsonNode? copy)
        {
            _copied += copy?.ToJsonString().Length ?? 4;
            if (_copied > maxCopied)
            {
                throw new PatchException($"The copies are larger than {maxCopied:N0} characters together.");
            }
        }

        /// <summary>Checks that a value does not get too deep where it shall go. Without recursion, and before anything that has some.</summary>
        public void Measure(JsonNode? value, JsonPointer at)
        {
            var left = new Stack<(JsonNode? Node, int Depth)>([(value, at.Steps)]);
            while (left.TryPop(out (JsonNode? Node, int Depth) next))
            {
                Work(1);
                IEnumerable<JsonNode?>? inner = next.Node switch
                {
                    JsonObject of => of.Select(p => p.Value),
                    JsonArray of => of,
                    _ => null,
                };
                if (inner is null)
                {
                    continue;
                }

                if (next.Depth >= MaxDepth)
                {
                    throw new PatchException($"What shall be at '{at}' is nested deeper than {MaxDepth} levels.");
                }

                foreach (JsonNode? node in inner)
                {
                    left.Push((node, next.Depth + 1));
                }
            }
        }
    }
}
