using System.Text.Json;
using Kontinue.Resources;

namespace Kontinue.Engine.Requests;

/// <summary>What of an execution may be changed: labels, annotations and the ttl.</summary>
internal static class UpdateRules
{
    /// <summary>Refuses any other change. What the server sets may be left out.</summary>
    /// <param name="before">The execution as it is, without what only the journal tells.</param>
    /// <param name="after">The execution as it shall be.</param>
    /// <exception cref="InvalidRequestException">Something else differs; the first such field is named.</exception>
    /// <exception cref="ExecutionConflictException">It is made from another execution or from an older version.</exception>
    public static void Check(Execution before, Execution after)
    {
        if (after?.Metadata is null || after.Spec is null)
        {
            throw new InvalidRequestException(after?.Metadata is null ? "metadata" : "spec", "It must not be left out.");
        }

        ObjectMetadata old = before.Metadata;
        if (after.Metadata.Uid is { } uid && uid != old.Uid)
        {
            throw new ExecutionConflictException(before.Key, $"Execution {before.Key} has uid {old.Uid}, not {uid}: it is another one.");
        }

        if (after.Metadata.ResourceVersion is { Length: > 0 } version && !string.Equals(version, old.ResourceVersion, StringComparison.Ordinal))
        {
            throw new ExecutionConflictException(
                before.Key,
                $"Execution {before.Key} has resource version {old.ResourceVersion}, not {version}: it has changed since. Read it and make the change again.");
        }

        JsonElement was = ToJson(before);
        JsonElement shallBe = ToJson(Complete(before, after));
        if (FindDifference(was, shallBe, "") is { } field)
        {
            throw new InvalidRequestException(
                field, $"{field} cannot be changed. Only metadata.labels, metadata.annotations and spec.ttl of an execution can.");
        }
    }

    /// <summary>Whether there is nothing to change.</summary>
    public static bool IsSame(Execution before, Execution after) =>
        AreSame(before.Metadata.Labels, after.Metadata.Labels) && AreSame(before.Metadata.Annotations, after.Metadata.Annotations) &&
        before.Spec.Ttl == after.Spec.Ttl;

    /// <summary>Fills in what was left out, and takes over what may be changed, so that what differs is what must not.</summary>
    private static Execution Complete(Execution before, Execution after)
    {
        ObjectMetadata old = before.Metadata;
        ObjectMetadata given = after.Metadata;
        return after with
        {
            Metadata = given with
            {
                Namespace = given.Namespace ?? old.Namespace,
                GenerateName = old.GenerateName,
                Uid = old.Uid,
                ResourceVersion = old.ResourceVersion,
                Generation = given.Generation ?? old.Generation,
                CreationTimestamp = given.CreationTimestamp ?? old.CreationTimestamp,
                DeletionTimestamp = given.DeletionTimestamp ?? old.DeletionTimestamp,
                OwnerReferences = given.OwnerReferences is { Count: > 0 } ? given.OwnerReferences : old.OwnerReferences,
                Labels = old.Labels,
                Annotations = old.Annotations,
            },
            Spec = after.Spec with
            {
                Arguments = after.Spec.Arguments.IsNone && !before.Spec.Arguments.IsNone ? JsonPayload.EmptyObject : after.Spec.Arguments,
                Ttl = before.Spec.Ttl,
            },
            Status = after.Status is not { } status || status == new ExecutionStatus() ? before.Status : status with
            {
                State = before.Status?.State,
                Children = before.Status?.Children,
                Jobs = before.Status?.Jobs,
                WaitingFor = before.Status?.WaitingFor,
            },
        };
    }

    private static JsonElement ToJson(Execution execution) =>
        JsonSerializer.SerializeToElement(execution, KontinueJsonContext.Writing.Execution);

    private static string? FindDifference(JsonElement was, JsonElement shallBe, string path)
    {
        if (was.ValueKind != JsonValueKind.Object || shallBe.ValueKind != JsonValueKind.Object)
        {
            return JsonElement.DeepEquals(was, shallBe) ? null : path;
        }

        foreach (JsonProperty old in was.EnumerateObject())
        {
            string inner = Join(path, old.Name);
            string? difference = shallBe.TryGetProperty(old.Name, out JsonElement given) ? FindDifference(old.Value, given, inner) : inner;
            if (difference is not null)
            {
                return difference;
            }
        }

        foreach (JsonProperty added in shallBe.EnumerateObject())
        {
            if (!was.TryGetProperty(added.Name, out _))
            {
                return Join(path, added.Name);
            }
        }

        return null;
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static bool AreSame(IReadOnlyDictionary<string, string>? a, IReadOnlyDictionary<string, string>? b) =>
        (a?.Count ?? 0) == (b?.Count ?? 0) &&
        (a is null || a.All(pair => b!.TryGetValue(pair.Key, out string? value) && string.Equals(value, pair.Value, StringComparison.Ordinal)));
}
