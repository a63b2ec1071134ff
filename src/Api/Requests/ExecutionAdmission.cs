using Kontinue.Api.Responses;
using Kontinue.Engine;
using Kontinue.Resources;

namespace Kontinue.Api.Requests;

/// <summary>Checks an execution that is to be created, as far as that needs no knowledge of functions: that is the engine's part.</summary>
internal static class ExecutionAdmission
{
    /// <summary>Gives back what the engine shall create.</summary>
    public static Execution Admit(Execution given, string ns, ApiGroup group)
    {
        if (!string.Equals(given.ApiVersion, group.ApiVersion, StringComparison.Ordinal) &&
            !string.Equals(given.ApiVersion, Execution.DefaultApiVersion, StringComparison.Ordinal))
        {
            throw Bad("apiVersion", $"must be {group.ApiVersion}, not '{given.ApiVersion}'");
        }

        if (!string.Equals(given.Kind, Execution.DefaultKind, StringComparison.Ordinal))
        {
            throw Bad("kind", $"must be {Execution.DefaultKind}, not '{given.Kind}'");
        }

        ObjectMetadata metadata = given.Metadata;
        if (metadata.Namespace is not null && !string.Equals(metadata.Namespace, ns, StringComparison.Ordinal))
        {
            throw Bad("metadata.namespace", $"'{metadata.Namespace}' is not the namespace of the path, '{ns}'");
        }

        var causes = new List<StatusCause>();
        CheckName(metadata, causes);
        CheckLabels(metadata, causes);
        CheckServerFields(given, causes);
        JsonPayload arguments = given.Spec.Arguments;
        bool absent = arguments.IsNone || arguments == JsonPayload.Null;
        if (!absent && arguments.Utf8.Span[0] != (byte)'{')
        {
            causes.Add(new StatusCause(CauseReason.Invalid, "must be a JSON object", "spec.arguments"));
        }

        if (causes.Count > 0)
        {
            throw new ApiException(StatusFactory.Invalid(metadata.Name ?? metadata.GenerateName, causes));
        }

        return given with
        {
            ApiVersion = Execution.DefaultApiVersion,
            Metadata = metadata with { Namespace = ns },
            Spec = absent ? given.Spec with { Arguments = JsonPayload.EmptyObject } : given.Spec,
            Status = null,
        };
    }

    private static void CheckName(ObjectMetadata metadata, List<StatusCause> causes)
    {
        if (string.IsNullOrEmpty(metadata.Name) && string.IsNullOrEmpty(metadata.GenerateName))
        {
            causes.Add(new StatusCause(CauseReason.Required, "is required, or metadata.generateName", "metadata.name"));
        }
        else if (!string.IsNullOrEmpty(metadata.Name) && !Names.IsExecutionName(metadata.Name))
        {
            causes.Add(new StatusCause(CauseReason.Invalid, $"'{metadata.Name}' is not a name. {Names.ExecutionNameRule}", "metadata.name"));
        }
        else if (string.IsNullOrEmpty(metadata.Name) && !Names.IsExecutionName(metadata.GenerateName + "xxxxx"))
        {
            causes.Add(new StatusCause(
                CauseReason.Invalid, $"'{metadata.GenerateName}' cannot begin a name. {Names.ExecutionNameRule}", "metadata.generateName"));
        }
    }

    /// <summary>What can be selected by must be writable in a selector.</summary>
    private static void CheckLabels(ObjectMetadata metadata, List<StatusCause> causes)
    {
        foreach ((string key, string value) in metadata.Labels ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            if (!Names.IsLabelKey(key))
            {
                causes.Add(new StatusCause(CauseReason.Invalid, $"'{key}' is not a label's key. {Names.LabelKeyRule}", "metadata.labels"));
            }

            if (!Names.IsLabelValue(value))
            {
                causes.Add(new StatusCause(CauseReason.Invalid, $"'{value}' is not a label's value. {Names.LabelValueRule}", $"metadata.labels.{key}"));
            }
        }

        foreach (string key in (metadata.Annotations?.Keys ?? []).Where(k => !Names.IsLabelKey(k)))
        {
            causes.Add(new StatusCause(CauseReason.Invalid, $"'{key}' is not an annotation's key. {Names.LabelKeyRule}", "metadata.annotations"));
        }
    }

    private static void CheckServerFields(Execution given, List<StatusCause> causes)
    {
        ObjectMetadata metadata = given.Metadata;
        Forbid(metadata.Uid is not null, "metadata.uid");
        Forbid(!string.IsNullOrEmpty(metadata.ResourceVersion), "metadata.resourceVersion");
        Forbid(metadata.Generation is not null and not 0, "metadata.generation");
        Forbid(metadata.CreationTimestamp is not null, "metadata.creationTimestamp");
        Forbid(metadata.OwnerReferences is { Count: > 0 }, "metadata.ownerReferences");

        // An empty status is what Kubernetes tools write for "none".
        Forbid(given.Status is not null && given.Status != new ExecutionStatus(), "status");

        void Forbid(bool given, string field)
        {
            if (given)
            {
                causes.Add(new StatusCause("FieldValueForbidden", "is set by the server; leave it out", field));
            }
        }
    }

    private static ApiException Bad(string field, string message) =>
        new(StatusFactory.BadRequest($"{field}: {message}", [new StatusCause(CauseReason.Invalid, message, field)]));
}
