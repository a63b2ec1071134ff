using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Executions;

/// <summary>A row with its opaque parts already read.</summary>
internal sealed record StoredExecution(ExecutionRow Row, StoredSpec Spec, StoredStatus Status)
{
    /// <summary>Reads the opaque parts of a row.</summary>
    public static StoredExecution Of(ExecutionRow row) =>
        new(row, StoredSpec.Deserialize(row.Spec), StoredStatus.Deserialize(row.Status));
}
