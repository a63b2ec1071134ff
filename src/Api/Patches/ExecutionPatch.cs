using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Resources;

namespace Kontinue.Api.Patches;

/// <summary>A patch of an execution, in one of the forms that are served. It can be applied several times.</summary>
internal sealed class ExecutionPatch
{
    public const string Merge = "application/merge-patch+json";
    public const string Json = "application/json-patch+json";
    public const string Apply = "application/apply-patch+yaml";

    private static readonly JsonPointer[] Changeable = [JsonPointer.Parse("/metadata"), JsonPointer.Parse("/spec/ttl")];

    private readonly JsonNode? _body;
    private readonly JsonPatch? _operations;
    private readonly FieldValidation _validation;

    private ExecutionPatch(string mediaType, JsonNode? body, JsonPatch? operations, FieldValidation validation) =>
        (MediaType, _body, _operations, _validation) = (mediaType, body, operations, validation);

    /// <summary>The media types that are served.</summary>
    public static IReadOnlyList<string> MediaTypes { get; } = [Merge, Json, Apply];

    public string MediaType { get; }

    /// <summary>The manifest of a server-side apply.</summary>
    public ReadOnlyMemory<byte> Manifest => Write(_body);

    /// <summary>Reads a patch.</summary>
    /// <param name="body">The body.</param>
    /// <param name="name">The name in the path: a manifest must have the same, or none.</param>
    /// <param name="validation">What becomes of unknown fields.</param>
    /// <param name="maxCopied">How large all copies of a JSON patch may be together.</param>
    /// <exception cref="ApiException">It is no patch (400), or one of what cannot be changed (422).</exception>
    public static ExecutionPatch Read(RawBody body, string name, FieldValidation validation, int maxCopied)
    {
        JsonNode? node = Parse(body.Json);
        try
        {
            if (body.MediaType is Apply)
            {
                CheckManifest(node, name);
            }
            else if (body.MediaType is Merge && node is not JsonObject)
            {
                throw new PatchException("A merge patch is an object, such as {\"metadata\": {\"labels\": {\"team\": \"blue\"}}}.");
            }

            JsonPatch? operations = body.MediaType is Json ? JsonPatch.Parse(node, maxCopied) : null;
            CheckTouched(operations, name);
            return new ExecutionPatch(body.MediaType, node, operations, validation);
        }
        catch (PatchException e)
        {
            throw new ApiException(StatusFactory.BadRequest(e.Message));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new ApiException(BodyDiagnosis.NotUnicode);
        }
    }

    /// <summary>Gives the execution as it shall be.</summary>
    /// <param name="current">As it is.</param>
    /// <param name="group">The group that it is shown in.</param>
    /// <param name="warnings">What the caller should be told.</param>
    /// <exception cref="ApiException">The patch does not fit it, or changes what cannot be changed.</exception>
    public Execution ApplyTo(Execution current, ApiGroup group, out IReadOnlyList<string> warnings)
    {
        JsonNode shown = JsonSerializer.SerializeToNode(group.Show(current), KontinueJsonContext.Writing.Execution)!;
        try
        {
            JsonNode? status = shown["status"]?.DeepClone();
            JsonNode? patched = _operations is null ? MergePatch.Apply(shown, _body) : _operations.Apply(shown);
            if (patched is JsonObject { } after && after["status"] is { } changed && !JsonNode.DeepEquals(status, changed))
            {
                throw new ApiException(StatusFactory.Invalid(
                    current.Metadata.Name, [new StatusCause(CauseReason.Invalid, "is set by the server", "status")]));
            }

            ReadBody<Execution> given = BodyReader.Bind<Execution>(Write(patched), Shape.Execution, _validation);
            warnings = given.Warnings;
            return Replacement.Of(current, given.Value, group);
        }
        catch (PatchException e)
        {
            throw new ApiException(e.IsUnmet
                ? StatusFactory.Invalid(current.Metadata.Name, [new StatusCause(CauseReason.Invalid, e.Message, "patch")])
                : StatusFactory.BadRequest(e.Message));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new ApiException(BodyDiagnosis.NotUnicode);
        }
    }

    private static JsonNode? Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonNode.Parse(json.Span, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException e)
        {
            throw new ApiException(StatusFactory.BadRequest(string.Create(
                CultureInfo.InvariantCulture,
                $"The patch is not valid JSON: line {(e.LineNumber ?? 0) + 1}, column {(e.BytePositionInLine ?? 0) + 1}.")));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new ApiException(BodyDiagnosis.NotUnicode);
        }
    }

    /// <summary>
    /// Before anything is done: nothing else can change in the end, and a patch must not get to work on arguments, which may be large, on the
    /// way there. What remains is checked by the values that come out.
    /// </summary>
    private static void CheckTouched(JsonPatch? operations, string name)
    {
        if (operations?.Touched.FirstOrDefault(p => !Changeable.Any(c => c.Contains(p))) is { } other)
        {
            throw new ApiException(StatusFactory.Invalid(
                name, [new StatusCause(CauseReason.Invalid, "cannot be changed or moved; metadata.labels, metadata.annotations and spec.ttl can", $"{other}")]));
        }
    }

    private static void CheckManifest(JsonNode? node, string name)
    {
        if (node is not JsonObject manifest)
        {
            throw new PatchException("What is to be applied must be an Execution, with apiVersion, kind, metadata and spec.");
        }

        if (manifest["metadata"] is not JsonObject metadata)
        {
            manifest["metadata"] = metadata = [];
        }

        if (metadata["name"] is not { } given)
        {
            metadata["name"] = name;
        }
        else if (given.GetValueKind() != JsonValueKind.String || !string.Equals(given.GetValue<string>(), name, StringComparison.Ordinal))
        {
            throw new PatchException($"metadata.name: {given.ToJsonString()} is not the name of the path, '{name}'.");
        }
    }

    private static byte[] Write(JsonNode? node)
    {
        try
        {
            return JsonSerializer.SerializeToUtf8Bytes<JsonNode?>(node, Writing);
        }
        catch (JsonException)
        {
            // A parsed document can be written, but for texts that are no Unicode: they are taken over unread.
            throw new ApiException(BodyDiagnosis.NotUnicode);
        }
    }

    private static JsonSerializerOptions Writing { get; } = new() { Encoder = KontinueJsonContext.Writing.Options.Encoder };
}
