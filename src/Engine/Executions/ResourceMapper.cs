using System.Text.Json;
using Kontinue.Engine.Jobs;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Storage;
using Kontinue.Resources;

namespace Kontinue.Engine.Executions;

/// <summary>Shows stored executions as resources.</summary>
internal static class ResourceMapper
{
    /// <summary>The resource without what only the journal knows.</summary>
    public static Execution ToResource(StoredExecution execution, bool withWaits = false)
    {
        (ExecutionRow row, StoredSpec spec, StoredStatus status) = execution;
        StoredSettings settings = StoredSettings.Of(row, spec);
        return new Execution
        {
            Metadata = new ObjectMetadata
            {
                Namespace = row.Key.Namespace,
                Name = row.Key.Name,
                Uid = row.Uid,
                ResourceVersion = VersionOf(row),
                Generation = row.Generation,
                CreationTimestamp = row.CreatedAt,
                DeletionTimestamp = settings.Deletion is null ? null : row.DeleteAt,
                Labels = LabelsOf(row.Labels),
                Annotations = settings.Annotations,
                OwnerReferences = spec.Parent is { } parent
                    ? [new OwnerReference(Execution.DefaultApiVersion, Execution.DefaultKind, parent.Name, parent.Uid)]
                    : null,
            },
            Spec = new ExecutionSpec
            {
                Function = row.Function,
                Arguments = spec.Arguments,
                WorkerGroup = spec.WorkerGroup,
                Retry = spec.Retry,
                Timeout = spec.Timeout,
                Mutex = spec.Mutex is { } mutex ? new MutexSpec { Name = mutex } : null,
                Priority = spec.Priority,
                ConcurrencyKey = spec.ConcurrencyKey,
                Ttl = settings.Ttl,
            },
            Status = new ExecutionStatus
            {
                Phase = row.Phase,
                Result = status.Result,
                Error = status.Error,
                Attempts = status.Attempts,
                Resumptions = (int)Math.Max(0, row.Epoch - 1),
                StartedAt = status.StartedAt,
                FinishedAt = row.FinishedAt,
                WakeAt = row.Phase is ExecutionPhase.Suspended or ExecutionPhase.Backoff ? row.WakeAt : null,
                QueuedFor = status.StartedAt - row.CreatedAt,
                Silo = status.Silo,
                Conditions = Waiting.Describe(row, status) is { } waits ? [.. status.Conditions ?? [], waits] : status.Conditions,
                WaitingFor = withWaits ? status.WaitingFor : null,
            },
        };
    }

    /// <inheritdoc cref="ToResource(StoredExecution, bool)"/>
    public static Execution ToResource(ExecutionRow row, bool withWaits = false) => ToResource(StoredExecution.Of(row), withWaits);

    /// <summary>What is known of an execution that was deleted.</summary>
    public static Execution ToGoneResource(ExecutionRow row) => new()
    {
        Metadata = new ObjectMetadata
        {
            Namespace = row.Key.Namespace,
            Name = row.Key.Name,
            Uid = row.Uid,
            ResourceVersion = row.ResourceVersion.ToString(System.Globalization.CultureInfo.InvariantCulture),
            CreationTimestamp = row.CreatedAt,
            Labels = LabelsOf(row.Labels),
        },
        Spec = new ExecutionSpec { Function = row.Function },
        Status = new ExecutionStatus { Phase = row.Phase, FinishedAt = row.FinishedAt },
    };

    /// <summary>Labels as they are stored, as people see them; null when there are none.</summary>
    public static Dictionary<string, string>? LabelsOf(JsonPayload labels) =>
        labels.IsNone ? null : JsonSerializer.Deserialize(labels.Utf8.Span, EngineJsonContext.Default.DictionaryStringString);

    /// <summary>The version of a row as people see it; null for one that was not read from a store.</summary>
    public static string? VersionOf(ExecutionRow row) =>
        row.ResourceVersion == 0 ? null : row.ResourceVersion.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Adds what the journal tells.</summary>
    public static Execution WithJournal(Execution execution, IEnumerable<Entry> entries)
    {
        var state = new Dictionary<string, JsonPayload>(StringComparer.Ordinal);
        var children = new OrderedDictionary<string, ChildReference>(StringComparer.Ordinal);
        var jobs = new OrderedDictionary<string, JobReference>(StringComparer.Ordinal);
        foreach (Entry entry in entries)
        {
            switch (entry.Kind)
            {
                case EntryKind.StepCompleted:
                    state[entry.Operation!] = entry.Value;
                    break;
                case EntryKind.JobStarted or EntryKind.JobEnded when entry.Job is { } job:
                    jobs[entry.Operation!] = new JobReference(
                        entry.Operation!, job.Kind.ToString(), new JobId(job.Id).ToString(), entry.Phase ?? ExecutionPhase.Executing);
                    break;
                case EntryKind.ChildStarted:
                    children[entry.Operation!] = new ChildReference(entry.Child!.Name, entry.Child.Function, ExecutionPhase.Pending);
                    break;
                case EntryKind.ChildEnded when children.TryGetValue(entry.Operation!, out ChildReference? child):
                    children[entry.Operation!] = child with { Phase = entry.Phase ?? ExecutionPhase.Failed };
                    break;
            }
        }

        return execution with
        {
            Status = execution.Status! with
            {
                State = state.Count == 0 ? null : state,
                Children = children.Count == 0 ? null : [.. children.Values],
                Jobs = jobs.Count == 0 ? null : [.. jobs.Values],
            },
        };
    }

    /// <summary>Shows an entry to readers of the journal.</summary>
    public static JournalEntry ToResource(Entry entry, long sequence) => new()
    {
        Sequence = sequence,
        Kind = entry.Kind.ToString(),
        At = entry.At,
        Name = entry.Child is { } child ? $"{entry.Operation} ({child.Name})" : entry.Operation,
        Value = entry.Value,
        Error = entry.Error,
        Attempt = entry.Attempt == 0 ? null : entry.Attempt,
        Due = entry.Due,
    };
}
