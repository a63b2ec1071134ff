using System.Text.Json;
using Kontinue.Api.Responses;
using Kontinue.Resources;

namespace Kontinue.Api.Requests;

/// <summary>
/// Takes over what may be changed of an execution: labels, annotations and <c>spec.ttl</c>; and names whatever else differs.
/// </summary>
internal static class Replacement
{
    /// <summary>Makes the execution as it shall be.</summary>
    /// <param name="current">As it is.</param>
    /// <param name="given">As somebody wants it.</param>
    /// <param name="group">The group that it is shown in.</param>
    /// <exception cref="ApiException">422: something differs that cannot be changed, or a value is wrong.</exception>
    public static Execution Of(Execution current, Execution given, ApiGroup group)
    {
        var causes = new List<StatusCause>();
        Expect(group.Accepts(given.ApiVersion), "apiVersion", $"must be {group.ApiVersion}");
        Expect(string.Equals(given.Kind, Execution.DefaultKind, StringComparison.Ordinal), "kind", $"must be {Execution.DefaultKind}");
        CheckMetadata(current.Metadata, given.Metadata);
        CheckSpec(current.Spec, given.Spec);
        ExecutionAdmission.CheckLabels(given.Metadata, causes);
        return causes.Count == 0
            ? current with
            {
                Metadata = current.Metadata with
                {
                    Labels = given.Metadata.Labels,
                    Annotations = given.Metadata.Annotations,
                    Uid = given.Metadata.Uid ?? current.Metadata.Uid,
                    ResourceVersion = string.IsNullOrEmpty(given.Metadata.ResourceVersion) ? current.Metadata.ResourceVersion : given.Metadata.ResourceVersion,
                },
                Spec = current.Spec with { Ttl = given.Spec.Ttl },
            }
            : throw new ApiException(StatusFactory.Invalid(current.Metadata.Name, causes));

        // Generation and times are not looked at: who writes back what he has read sends them along, and the version tells if they are old.
        void CheckMetadata(ObjectMetadata now, ObjectMetadata then)
        {
            Same(now.Name, then.Name, "metadata.name");
            Same(now.Namespace, then.Namespace, "metadata.namespace");
            Expect(then.OwnerReferences is null || (now.OwnerReferences ?? []).Select(o => o.Uid).SequenceEqual(then.OwnerReferences.Select(o => o?.Uid ?? Guid.Empty)),
                "metadata.ownerReferences", "is set by the server");
        }

        void CheckSpec(ExecutionSpec now, ExecutionSpec then)
        {
            Fixed(string.Equals(now.Function, then.Function, StringComparison.Ordinal), "spec.function");
            Fixed(SameJson(now.Arguments, then.Arguments), "spec.arguments");
            Fixed(string.Equals(now.WorkerGroup, then.WorkerGroup, StringComparison.Ordinal), "spec.workerGroup");
            Fixed(Equals(now.Mutex, then.Mutex), "spec.mutex");
            Fixed(now.Priority == then.Priority, "spec.priority");
            Fixed(string.Equals(now.ConcurrencyKey, then.ConcurrencyKey, StringComparison.Ordinal), "spec.concurrencyKey");
            Fixed(Equals(now.Retry, then.Retry), "spec.retry");
            Fixed(Equals(now.Timeout, then.Timeout), "spec.timeout");
        }

        void Same(string? now, string? then, string field) =>
            Expect(string.IsNullOrEmpty(then) || string.Equals(now, then, StringComparison.Ordinal), field, $"is '{now}' and cannot be changed");

        void Fixed(bool holds, string field) => Expect(
            holds, field, "cannot be changed after creation; metadata.labels, metadata.annotations and spec.ttl can");

        void Expect(bool holds, string field, string message)
        {
            if (!holds)
            {
                causes.Add(new StatusCause(CauseReason.Invalid, message, field));
            }
        }
    }

    /// <summary>Whether two arguments mean the same; white space and the order of members do not count.</summary>
    private static bool SameJson(JsonPayload a, JsonPayload b)
    {
        a = a.IsNone || a == JsonPayload.Null ? JsonPayload.EmptyObject : a;
        b = b.IsNone || b == JsonPayload.Null ? JsonPayload.EmptyObject : b;
        if (a == b)
        {
            return true;
        }

        using JsonDocument left = JsonDocument.Parse(a.Utf8);
        using JsonDocument right = JsonDocument.Parse(b.Utf8);
        try
        {
            return JsonElement.DeepEquals(left.RootElement, right.RootElement);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: such texts cannot be compared, and the bytes differ.
            return false;
        }
    }
}
