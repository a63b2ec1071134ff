using Kontinue.Resources;

namespace Kontinue.Grains.Client.Calling;

/// <summary>A change of labels, annotations and time to live, as it is sent.</summary>
/// <param name="Before">The execution as it was read; of it, only whose it is and which generation counts.</param>
/// <param name="After">As it shall be.</param>
internal sealed record SettingsChange(Execution Before, Execution After)
{
    /// <summary>What a change comes to, with the preconditions that it was read with.</summary>
    /// <exception cref="ExecutionConflictException">The result was read at another time, or is of another execution.</exception>
    public static SettingsChange Between(Execution before, Execution after, ExecutionKey key)
    {
        ObjectMetadata was = before.Metadata;
        ObjectMetadata given = after.Metadata ?? throw new InvalidRequestException("metadata", "It must not be left out.");
        if (given.Uid is { } uid && uid != was.Uid)
        {
            throw new ExecutionConflictException(key, $"Execution {key} has the uid {was.Uid}, not {uid}: it is another one of the same name.");
        }

        if (given.ResourceVersion is { Length: > 0 } version && !string.Equals(version, was.ResourceVersion, StringComparison.Ordinal))
        {
            throw new ExecutionConflictException(
                key, $"Execution {key} has the version {was.ResourceVersion}, not {version}: it was changed since. Read it again and apply the change to that.");
        }

        // What the execution does meanwhile is no conflict: a status that was left as it was read, and its version, are not looked at.
        return new SettingsChange(before, after with
        {
            Metadata = given with { Uid = was.Uid, ResourceVersion = null },
            Status = Equals(after.Status, before.Status) ? null : after.Status,
        });
    }

    /// <summary>Whether an execution has all that was to be changed.</summary>
    public bool IsIn(Execution now) =>
        IsIn(Before.Metadata.Labels, After.Metadata.Labels, now.Metadata.Labels) &&
        IsIn(Before.Metadata.Annotations, After.Metadata.Annotations, now.Metadata.Annotations) &&
        (Before.Spec.Ttl == After.Spec.Ttl || now.Spec.Ttl == After.Spec.Ttl);

    private static bool IsIn(
        IReadOnlyDictionary<string, string>? before, IReadOnlyDictionary<string, string>? after, IReadOnlyDictionary<string, string>? now)
    {
        IEnumerable<string> keys = (before?.Keys ?? []).Union(after?.Keys ?? [], StringComparer.Ordinal);
        return keys.All(key => Same(before, after, key) || Same(now, after, key));
    }

    private static bool Same(IReadOnlyDictionary<string, string>? a, IReadOnlyDictionary<string, string>? b, string key) =>
        string.Equals(a?.GetValueOrDefault(key), b?.GetValueOrDefault(key), StringComparison.Ordinal);
}
