using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary>
/// Keeps a <see cref="ProgressTree"/> up to date with watches: one for the root, one for each execution whose children are shown. The tree
/// only decorates a wait, so a watch that fails ends silently; the wait itself says what is wrong.
/// </summary>
internal sealed class ProgressWatcher : IAsyncDisposable
{
    private const int MaxDepth = 4;

    /// <summary>The server has other clients, too.</summary>
    private const int MaxWatches = 16;

    /// <summary>As many as the tree shows.</summary>
    private const int MaxParents = 200;

    /// <summary>So that quick steps do not ask for the whole state each time.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>A step that ends while the function goes on is in the journal only, and no watch tells of it.</summary>
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(1);

    private readonly IKontinueClient _client;
    private readonly ProgressTree _tree;
    private readonly TimeProvider _time;
    private readonly Action _changed;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, CancellationTokenSource> _parents = [];
    private readonly List<Task> _watches = [];

    public ProgressWatcher(IKontinueClient client, Execution root, ProgressTree tree, TimeProvider time, Action changed)
    {
        _client = client;
        _tree = tree;
        _time = time;
        _changed = changed;
        _watches.Add(Quietly(() => WatchRootAsync(root.Key, _stop.Token)));
        _watches.Add(Quietly(() => RefreshRootAsync(root.Key, _stop.Token)));
        if (root.Metadata.Uid is { } uid)
        {
            Begin(uid, root.Key.Namespace, depth: 1);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task[] all;
        lock (_gate)
        {
            all = [.. _watches];
        }

        await Task.WhenAll(all);
        foreach (CancellationTokenSource parent in _parents.Values)
        {
            parent.Dispose();
        }

        _stop.Dispose();
    }

    private static async Task Quietly(Func<Task> watch)
    {
        try
        {
            await watch();
        }
        catch (Exception e) when (e is KontinueException or OperationCanceledException or Connecting.ConnectionException)
        {
            // See above.
        }
    }

    private void Begin(Guid parent, string ns, int depth)
    {
        lock (_gate)
        {
            if (_stop.IsCancellationRequested || depth > MaxDepth || _parents.Count >= MaxParents || _parents.ContainsKey(parent) || _parents.Values.Count(p => !p.IsCancellationRequested) >= MaxWatches)
            {
                return;
            }

            CancellationTokenSource stop = _parents[parent] = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            _watches.Add(Quietly(() => WatchChildrenAsync(parent, ns, depth, stop.Token)));
        }
    }

    private void End(Guid parent)
    {
        CancellationTokenSource? stop;
        lock (_gate)
        {
            _parents.TryGetValue(parent, out stop);
        }

        stop?.Cancel();
    }

    private async Task WatchRootAsync(ExecutionKey key, CancellationToken stop)
    {
        // The caller goes on at once, also when the client answers at once.
        await Task.Yield();
        var query = new WatchQuery { Selector = new ExecutionSelector { Namespace = key.Namespace, Name = key.Name } };
        await foreach (ExecutionEvent change in _client.WatchAsync(query, stop))
        {
            if (change.Execution is not null && change.Type != ExecutionEventType.Deleted)
            {
                _tree.UpdateRoot(await _client.GetAsync(key, stop));
                _changed();
                await Task.Delay(Pause, _time, stop);
            }
        }
    }

    private async Task RefreshRootAsync(ExecutionKey key, CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(Refresh, _time, stop);
            Execution now = await _client.GetAsync(key, stop);
            _tree.UpdateRoot(now);
            _changed();
            if (now.Status?.Phase.IsTerminal() is true)
            {
                return;
            }
        }
    }

    private async Task WatchChildrenAsync(Guid parent, string ns, int depth, CancellationToken stop)
    {
        await Task.Yield();
        var query = new WatchQuery { Selector = new ExecutionSelector { Namespace = ns, ParentUid = parent } };
        await foreach (ExecutionEvent change in _client.WatchAsync(query, stop))
        {
            if (change is not { Execution: { Metadata.Uid: { } uid } child, Type: not ExecutionEventType.Deleted })
            {
                continue;
            }

            _tree.Update(child, parent);
            _changed();
            if (child.Status?.Phase.IsTerminal() is true)
            {
                End(uid);
            }
            else
            {
                Begin(uid, ns, depth + 1);
            }
        }
    }
}
