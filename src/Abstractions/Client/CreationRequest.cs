using Kontinue.Resources;

namespace Kontinue.Client;

/// <summary>
/// How a client that calls over a network makes creations safe to repeat: it makes up the name when none is given, and marks the execution
/// with an id of the request, which tells what an earlier try has created from what somebody else has under the same name.
/// </summary>
public static class CreationRequest
{
    /// <summary>The annotation that carries the id of the request that created an execution.</summary>
    public const string IdAnnotation = "kontinue.cloud/request-id";

    /// <summary>An id for one request, however often it is sent.</summary>
    public static string NewId() => Guid.NewGuid().ToString();

    /// <summary>The execution with its namespace, with a name if it has none but the beginning of one, and with the id of its request.</summary>
    /// <param name="execution">As the caller has given it.</param>
    /// <param name="requestId">Null: no annotation, for requests that store nothing.</param>
    public static Execution Prepare(Execution execution, string? requestId)
    {
        ArgumentNullException.ThrowIfNull(execution);
        ObjectMetadata metadata = execution.Metadata;
        IReadOnlyDictionary<string, string>? annotations = metadata.Annotations;
        if (requestId is not null)
        {
            annotations = new Dictionary<string, string>(annotations ?? new Dictionary<string, string>(StringComparer.Ordinal), StringComparer.Ordinal)
            {
                [IdAnnotation] = requestId,
            };
        }

        bool generates = string.IsNullOrEmpty(metadata.Name) && !string.IsNullOrEmpty(metadata.GenerateName);
        return execution with
        {
            Metadata = metadata with
            {
                Namespace = metadata.Namespace ?? ExecutionKey.DefaultNamespace,
                Name = generates ? GeneratedName.From(metadata.GenerateName) : metadata.Name,
                GenerateName = generates ? null : metadata.GenerateName,
                Annotations = annotations,
            },
        };
    }

    /// <summary>Whether a request of this id has created the execution.</summary>
    public static bool HasCreated(string requestId, Execution execution)
    {
        ArgumentNullException.ThrowIfNull(execution);
        return execution.Metadata.Annotations?.TryGetValue(IdAnnotation, out string? id) is true && string.Equals(id, requestId, StringComparison.Ordinal);
    }
}
