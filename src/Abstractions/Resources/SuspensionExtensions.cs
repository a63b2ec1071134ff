using Kontinue.Client;

namespace Kontinue.Resources;

/// <summary>Executions' waits as resources of their own.</summary>
public static class SuspensionExtensions
{
    /// <summary>
    /// The suspensions of an execution: its sleeps and its waits for somebody, while it is <see cref="ExecutionPhase.Suspended"/>. They
    /// come from <see cref="ExecutionStatus.WaitingFor"/>, so there are as many as it tells of, and none where it is left out.
    /// </summary>
    /// <param name="execution">The execution. Its labels and its version are those of its suspensions.</param>
    public static IReadOnlyList<Suspension> ToSuspensions(this Execution execution)
    {
        ArgumentNullException.ThrowIfNull(execution);
        return execution.Status is { Phase: ExecutionPhase.Suspended, WaitingFor: { } waits }
            ? [.. waits.Where(IsSuspension).Select(wait => ToSuspension(execution, wait))]
            : [];
    }

    /// <summary>Finds a suspension by its name.</summary>
    /// <param name="client">The client.</param>
    /// <param name="namespaceName">The namespace.</param>
    /// <param name="name">The suspension's name, as <see cref="SuspensionName.For"/> makes it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>It, or null: no execution waits for it.</returns>
    public static async Task<Suspension?> FindSuspensionAsync(
        this IKontinueClient client, string namespaceName, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (SuspensionName.ExecutionOf(name) is not { } execution)
        {
            return null;
        }

        var query = new ListQuery { Selector = new ExecutionSelector { Namespace = namespaceName, Name = execution } };
        SuspensionList waits = await client.ListSuspensionsAsync(query, cancellationToken).ConfigureAwait(false);
        return waits.Items.FirstOrDefault(item => string.Equals(item.Metadata.Name, name, StringComparison.Ordinal));
    }

    private static bool IsSuspension(WaitReference wait) => wait.Kind is "Sleep" or "Suspend";

    private static Suspension ToSuspension(Execution execution, WaitReference wait)
    {
        ObjectMetadata owner = execution.Metadata;
        return new Suspension
        {
            Metadata = new ObjectMetadata
            {
                Namespace = owner.Namespace,
                Name = SuspensionName.For(execution.Key.Name, wait.Name),
                Uid = owner.Uid is { } uid ? SuspensionName.Uid(uid, wait.Name) : null,
                ResourceVersion = owner.ResourceVersion,
                CreationTimestamp = wait.Since,
                Labels = owner.Labels,
                OwnerReferences = owner.Uid is { } ownerUid
                    ? [new OwnerReference(Execution.DefaultApiVersion, Execution.DefaultKind, execution.Key.Name, ownerUid)]
                    : null,
            },
            Spec = new SuspensionSpec
            {
                Execution = execution.Key.Name,
                Function = execution.Spec.Function,
                Wait = wait.Name,
                Type = wait.Kind,
                ResumeAt = wait.Until,
                Description = wait.Description,
            },
        };
    }
}
