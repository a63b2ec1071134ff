using Kontinue.Api.Responses;
using Kontinue.Client;
using Kontinue.Engine;
using Kontinue.Resources;

namespace Kontinue.Api.Requests;

/// <summary>Checks an execution that is to be created, as far as that needs no knowledge of functions: that is the engine's part.</summary>
internal static class ExecutionAdmission
{
    /// <summary>How many faults of a list are told.</summary>
    private const int MaxCauses = 50;

    /// <summary>Gives back what the engine shall create.</summary>
    public static Execution Admit(Execution given, string ns, ApiGroup group)
    {
        if (!group.Accepts(given.ApiVersion))
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
        Check(given, causes);
        return causes.Count == 0
            ? Complete(given, ns)
            : throw new ApiException(StatusFactory.Invalid(metadata.Name ?? metadata.GenerateName, causes));
    }

    /// <summary>Gives back what the engine shall create of a list; if one is wrong, all that is wrong is said.</summary>
    public static IReadOnlyList<Execution> Admit(ExecutionList given, string ns, ApiGroup group)
    {
        if (!group.Accepts(given.ApiVersion))
        {
            throw Bad("apiVersion", $"must be {group.ApiVersion}, not '{given.ApiVersion}'");
        }

        IReadOnlyList<Execution> items = given.Items;
        if (items.Count is < 1 or > ListQuery.MaxLimit)
        {
            throw new ApiException(StatusFactory.Invalid(
                name: null, [new StatusCause(CauseReason.Invalid, $"has {items.Count:N0} executions; send 1 to {ListQuery.MaxLimit} at once", "items")]));
        }

        var causes = new List<StatusCause>();
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < items.Count && causes.Count < MaxCauses; i++)
        {
            // The reader keeps null out of fields, but not out of lists.
            if (items[i] is null)
            {
                causes.Add(new StatusCause(CauseReason.Required, "must be an Execution, not null", $"items[{i}]"));
                continue;
            }

            var own = new List<StatusCause>();
            CheckPlace(items[i], ns, group, own);
            Check(items[i], own);
            if (items[i].Metadata.Name is { Length: > 0 } name && !names.TryAdd(name, i))
            {
                own.Add(new StatusCause("FieldValueDuplicate", $"'{name}' is the name of items[{names[name]}] too", "metadata.name"));
            }

            causes.AddRange(own.Select(c => c with { Field = $"items[{i}].{c.Field}" }));
        }

        return causes.Count == 0
            ? [.. items.Select(i => Complete(i, ns))]
            : throw new ApiException(StatusFactory.Invalid(name: null, causes));
    }

    /// <summary>What can be selected by must be writable in a selector.</summary>
    public static void CheckLabels(ObjectMetadata metadata, List<StatusCause> causes)
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

        if (Names.FindBadAnnotation(metadata.Annotations) is ({ } bad, { } reason))
        {
            causes.Add(new StatusCause(CauseReason.Invalid, reason, Names.IsLabelKey(bad) ? $"metadata.annotations.{bad}" : "metadata.annotations"));
        }
    }

    private static Execution Complete(Execution given, string ns) => given with
    {
        ApiVersion = Execution.DefaultApiVersion,
        Metadata = given.Metadata with { Namespace = ns },
        Spec = IsAbsent(given.Spec.Arguments) ? given.Spec with { Arguments = JsonPayload.EmptyObject } : given.Spec,
        Status = null,
    };

    private static bool IsAbsent(JsonPayload arguments) => arguments.IsNone || arguments == JsonPayload.Null;

    private static void Check(Execution given, List<StatusCause> causes)
    {
        CheckName(given.Metadata, causes);
        CheckLabels(given.Metadata, causes);
        CheckServerFields(given, causes);
        JsonPayload arguments = given.Spec.Arguments;
        if (!IsAbsent(arguments) && arguments.Utf8.Span[0] != (byte)'{')
        {
            causes.Add(new StatusCause(CauseReason.Invalid, "must be a JSON object", "spec.arguments"));
        }
    }

    private static void CheckPlace(Execution item, string ns, ApiGroup group, List<StatusCause> causes)
    {
        if (!group.Accepts(item.ApiVersion))
        {
            causes.Add(new StatusCause(CauseReason.Invalid, $"must be {group.ApiVersion}, not '{item.ApiVersion}'", "apiVersion"));
        }

        if (!string.Equals(item.Kind, Execution.DefaultKind, StringComparison.Ordinal))
        {
            causes.Add(new StatusCause(CauseReason.Invalid, $"must be {Execution.DefaultKind}, not '{item.Kind}'", "kind"));
        }

        if (item.Metadata.Namespace is { } other && !string.Equals(other, ns, StringComparison.Ordinal))
        {
            causes.Add(new StatusCause(CauseReason.Invalid, $"'{other}' is not the namespace of the path, '{ns}'", "metadata.namespace"));
        }
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

    private static void CheckServerFields(Execution given, List<StatusCause> causes)
    {
        ObjectMetadata metadata = given.Metadata;
        Forbid(metadata.Uid is not null, "metadata.uid");
        Forbid(!string.IsNullOrEmpty(metadata.ResourceVersion), "metadata.resourceVersion");
        Forbid(metadata.Generation is not null and not 0, "metadata.generation");
        Forbid(metadata.CreationTimestamp is not null, "metadata.creationTimestamp");
        Forbid(metadata.DeletionTimestamp is not null, "metadata.deletionTimestamp");
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
