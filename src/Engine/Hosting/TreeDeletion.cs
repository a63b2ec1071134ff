using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Hosting;

/// <summary>Walks over an execution and what it started, in pages, and deletes it, children first.</summary>
internal sealed class TreeDeletion(IExecutionStore store, EmbeddedHost host)
{
    /// <summary>Executions read and deleted at once.</summary>
    private const int Page = 500;

    /// <summary>Tells all descendants that run to end, save those whose parent runs: it may be cleaning up with their help.</summary>
    /// <param name="root">Whose descendants; it has ended.</param>
    /// <param name="isTold">Whether one was told on an earlier walk: then all were, and there is no need to look further.</param>
    /// <param name="tell">Tells one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>One that runs; null when all have ended.</returns>
    public async Task<ExecutionRow?> FindRunningAsync(
        Guid root, Func<ExecutionRow, bool> isTold, Func<ExecutionRow, CancellationToken, Task> tell, CancellationToken cancellationToken)
    {
        ExecutionRow? running = null;
        var parents = new Stack<(Guid Uid, ExecutionKey? After)>();
        parents.Push((root, null));
        while (parents.TryPop(out (Guid Uid, ExecutionKey? After) parent))
        {
            IReadOnlyList<ExecutionRow> children = await ListAsync(parent.Uid, parent.After, Page, cancellationToken).ConfigureAwait(false);
            if (children.Count == Page)
            {
                parents.Push((parent.Uid, children[^1].Key));
            }

            List<ExecutionRow> active = [.. children.Where(child => !child.Phase.IsTerminal())];
            running ??= active.FirstOrDefault();
            if (active.Find(child => isTold(child)) is { } told)
            {
                return told;
            }

            await Task.WhenAll(active.Select(child => tell(child, cancellationToken))).ConfigureAwait(false);
            foreach (ExecutionRow child in children.Where(child => child.Phase.IsTerminal() && MayHaveChildren(child)))
            {
                parents.Push((child.Uid, null));
            }
        }

        return running;
    }

    /// <summary>Deletes an execution that has ended, like all that it started.</summary>
    /// <param name="root">The execution.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="maxVersion">Only what has not changed after this version; null: whatever has ended.</param>
    /// <returns>False when something of it runs again, or has done so since the version: somebody has retried it.</returns>
    public async Task<bool> DeleteWithChildrenAsync(ExecutionRow root, CancellationToken cancellationToken, long? maxVersion = null) =>
        await DeleteChildrenAsync(root.Uid, force: false, cancellationToken, maxVersion).ConfigureAwait(false) &&
        await DeleteAsync(root, force: false, cancellationToken, maxVersion).ConfigureAwait(false);

    /// <summary>Deletes an execution and all that it started, running or not.</summary>
    public async Task<bool> ForceAsync(ExecutionRow root, CancellationToken cancellationToken)
    {
        await DeleteChildrenAsync(root.Uid, force: true, cancellationToken).ConfigureAwait(false);
        bool isGone = await DeleteAsync(root, force: true, cancellationToken).ConfigureAwait(false);

        // From here on it is fenced; what it started until then is found now.
        await DeleteChildrenAsync(root.Uid, force: true, cancellationToken).ConfigureAwait(false);
        return isGone;
    }

    /// <summary>Deletes, all at once, those that have ended and started nothing, as most do.</summary>
    /// <returns>The others.</returns>
    public async Task<List<ExecutionRow>> DeleteLeavesAsync(IReadOnlyList<ExecutionRow> rows, CancellationToken cancellationToken)
    {
        ILookup<bool, ExecutionRow> byKind = rows.ToLookup(row => row.Phase.IsTerminal() && !MayHaveChildren(row));
        List<Node> leaves = [.. byKind[true].Select(row => new Node(row))];
        if (leaves.Count > 0)
        {
            await DeleteAsync(leaves, force: false, cancellationToken).ConfigureAwait(false);
        }

        return [.. byKind[false]];
    }

    /// <summary>Deletes an execution alone.</summary>
    /// <returns>False when it is there still, because it has not ended or has changed since.</returns>
    public async Task<bool> DeleteAsync(ExecutionRow row, bool force, CancellationToken cancellationToken, long? maxVersion = null)
    {
        if (await DeleteAsync([new Node(row)], force, cancellationToken, maxVersion).ConfigureAwait(false) == 1)
        {
            return true;
        }

        return await store.ReadAsync(row.Key, cancellationToken).ConfigureAwait(false) is not { } left || left.Uid != row.Uid;
    }

    private async Task<bool> DeleteChildrenAsync(Guid parent, bool force, CancellationToken cancellationToken, long? maxVersion = null)
    {
        // However deep the tree is, the stack is not.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        ExecutionKey? after = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // Without what the rows carry: as many pages are held as the tree is deep.
            List<Node> children =
                [.. (await ListAsync(parent, after, Page, cancellationToken).ConfigureAwait(false)).Select(row => new Node(row))];
            if (children.Count == 0)
            {
                break;
            }

            if (!force && children.Exists(child => !child.HasEnded))
            {
                return false;
            }

            foreach (Node child in children.Where(child => child.MayHaveChildren || !child.HasEnded))
            {
                if (!await DeleteChildrenAsync(child.Uid, force, cancellationToken, maxVersion).ConfigureAwait(false))
                {
                    return false;
                }
            }

            await DeleteAsync(children, force, cancellationToken, maxVersion).ConfigureAwait(false);
            foreach (Node child in children.Where(child => force && !child.HasEnded))
            {
                // What it started until it was fenced.
                await DeleteChildrenAsync(child.Uid, force, cancellationToken).ConfigureAwait(false);
            }

            after = children[^1].Key;
        }

        // What was passed over runs again or has done so. When nothing may run, what came late is found after the parent's own deletion.
        return force || after is null || (await ListAsync(parent, after: null, limit: 1, cancellationToken).ConfigureAwait(false)).Count == 0;
    }

    private async Task<int> DeleteAsync(List<Node> rows, bool force, CancellationToken cancellationToken, long? maxVersion = null)
    {
        int deleted = 0;
        foreach (Node[] some in rows.Chunk(StoreArguments.MaxKeys))
        {
            deleted += await store.DeleteAsync(
                [.. some.Select(row => new RowDeletion(row.Key, row.Uid, force, maxVersion))], cancellationToken).ConfigureAwait(false);
            host.SignalChange();
        }

        foreach (Node row in rows.Where(row => !row.HasEnded))
        {
            host.Drop(row.Key, row.Uid);
            host.LookAt(row.Semaphores);
        }

        return deleted;
    }

    private Task<IReadOnlyList<ExecutionRow>> ListAsync(Guid parent, ExecutionKey? after, int limit, CancellationToken cancellationToken) =>
        store.ListAsync(new RowQuery { ParentUid = parent, After = after, Limit = limit }, cancellationToken);

    /// <summary>A child's start is recorded: who has recorded nothing has none.</summary>
    private static bool MayHaveChildren(ExecutionRow row) => row.JournalSequence > 0;

    private readonly record struct Node(ExecutionKey Key, Guid Uid, bool HasEnded, bool MayHaveChildren, IReadOnlyList<string> Semaphores)
    {
        public Node(ExecutionRow row)
            : this(row.Key, row.Uid, row.Phase.IsTerminal(), TreeDeletion.MayHaveChildren(row), row.Semaphores)
        {
        }
    }
}
