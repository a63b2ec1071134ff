using Kontinue.Client;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Resources;

namespace Kontinue.Engine.Requests;

/// <summary>Changes beside the run of executions: updates and deletions.</summary>
internal sealed partial class InProcessClient
{
    public async Task<Execution> UpdateAsync(
        ExecutionKey key, Func<Execution, Execution> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        for (int tries = 0; tries < MaxChangeTries; tries++)
        {
            ExecutionRow row = await RequireAsync(key, cancellationToken).ConfigureAwait(false);
            Execution before = ResourceMapper.ToResource(row, withWaits: true);
            Execution after = change(before);
            UpdateRules.Check(before, after);
            validator.ValidateSettings(after.Metadata, after.Spec.Ttl);
            if (UpdateRules.IsSame(before, after))
            {
                return before;
            }

            ThrowIfBeingDeleted(row);
            SettingsWrite write = ToWrite(row, after);
            if (await AcceptAsync(() => StoreChange(store.UpdateSettingsAsync(write, cancellationToken)), cancellationToken).ConfigureAwait(false)
                is { } written)
            {
                host.SignalChange();
                if (written.DeleteAt <= host.Now)
                {
                    host.Deletions.Signal();
                }

                if (written.ArchiveAt <= host.Now)
                {
                    host.Archives.Signal();
                }

                return ResourceMapper.ToResource(written, withWaits: true);
            }
        }

        throw ChangesTooOften(key);
    }

    public async Task<Execution> DeleteAsync(
        ExecutionKey key, DeleteRequest? request = null, CancellationToken cancellationToken = default)
    {
        request ??= new DeleteRequest();
        DeletionKind kind = (request.Force, request.Orphan) switch
        {
            (false, false) => DeletionKind.Tree,
            (false, true) => DeletionKind.Orphan,
            (true, false) => DeletionKind.Force,
            (true, true) => DeletionKind.ForceOrphan,
        };
        for (int tries = 0; tries < MaxChangeTries; tries++)
        {
            ExecutionRow row = await RequireAsync(key, cancellationToken).ConfigureAwait(false);
            CheckPreconditions(row, request);
            if (request.Force)
            {
                await ThrowIfParentRunsAsync(row, cancellationToken).ConfigureAwait(false);
            }

            if (request.DryRun)
            {
                return Show(row, isGone: request.Force || row.Phase.IsTerminal(), host.Now);
            }

            // Later tries follow changes that this call has made itself.
            request = request with { Uid = row.Uid, ResourceVersion = null };
            if (await MarkAsync(row, kind, cancellationToken).ConfigureAwait(false) is not { } marked)
            {
                continue;
            }

            if (await StoreChange(host.Deletions.GoOnAsync(marked, cancellationToken)).ConfigureAwait(false))
            {
                return Show(marked, isGone: true, host.Now);
            }

            ExecutionRow? left = await AfterChangeAsync(ReadAsync(key, cancellationToken)).ConfigureAwait(false);
            if (left is null || left.Uid != row.Uid)
            {
                return Show(marked, isGone: true, host.Now);
            }

            if (left.DeleteAt is not null)
            {
                host.Deletions.Signal();
                return Show(left, isGone: false, host.Now);
            }

            // Somebody has retried it at the same moment, which takes the time of deletion away.
        }

        throw ChangesTooOften(key);
    }

    private static ExecutionConflictException ChangesTooOften(ExecutionKey key) =>
        new(key, $"Execution {key} was changed by somebody else {MaxChangeTries} times. Try again.");

    private static SettingsWrite ToWrite(ExecutionRow row, Execution after)
    {
        var settings = new StoredSettings { Annotations = StoredSettings.Copy(after.Metadata.Annotations), Ttl = after.Spec.Ttl };
        return new SettingsWrite(
            row.Key, row.Uid, row.Generation,
            after.Metadata.Labels is { Count: > 0 } labels ? JsonPayload.From(labels) : default,
            settings.Serialize(),
            row.ParentUid is null ? after.Spec.Ttl?.DeleteAfter : null,
            row.ParentUid is null ? after.Spec.Ttl?.ArchiveAfter : null,
            DeleteAt: null);
    }

    private static void CheckPreconditions(ExecutionRow row, DeleteRequest request)
    {
        if (request.Uid is { } uid && uid != row.Uid)
        {
            throw new ExecutionConflictException(row.Key, $"Execution {row.Key} has uid {row.Uid}, not {uid}: it is another one.");
        }

        string version = ResourceMapper.VersionOf(row)!;
        if (request.ResourceVersion is { Length: > 0 } expected && !string.Equals(expected, version, StringComparison.Ordinal))
        {
            throw new ExecutionConflictException(
                row.Key, $"Execution {row.Key} has resource version {version}, not {expected}: it has changed since.");
        }
    }

    private async Task ThrowIfParentRunsAsync(ExecutionRow row, CancellationToken cancellationToken)
    {
        if (StoredSpec.Deserialize(row.Spec).Parent is { } parent)
        {
            var key = new ExecutionKey(parent.Namespace, parent.Name);
            if (await ReadAsync(key, cancellationToken).ConfigureAwait(false) is { } stored && stored.Uid == parent.Uid &&
                !stored.Phase.IsTerminal())
            {
                throw new ExecutionConflictException(
                    row.Key, $"Execution {row.Key} cannot be deleted by force: its parent {key} would wait for it for ever. Delete its root, or leave the force out.");
            }
        }
    }

    /// <summary>Stores that it is to be deleted. Null: somebody was faster.</summary>
    private async Task<ExecutionRow?> MarkAsync(ExecutionRow row, DeletionKind kind, CancellationToken cancellationToken)
    {
        bool isMarked = row.DeleteAt is not null && StoredSettings.Of(row).Deletion is not null;
        if (isMarked && StoredSettings.Of(row).Deletion == kind)
        {
            return row;
        }

        SettingsWrite mark = DeletionLoop.Mark(row, kind, isMarked ? row.DeleteAt!.Value : host.Now);
        ExecutionRow? marked = await AcceptAsync(() => StoreChange(store.UpdateSettingsAsync(mark, cancellationToken)), cancellationToken).ConfigureAwait(false);
        host.SignalChange();
        return marked;
    }

    private static Execution Show(ExecutionRow row, bool isGone, DateTimeOffset now)
    {
        Execution shown = ResourceMapper.ToResource(row, withWaits: true);
        return shown with
        {
            Metadata = shown.Metadata with { DeletionTimestamp = isGone ? null : shown.Metadata.DeletionTimestamp ?? now },
        };
    }
}
