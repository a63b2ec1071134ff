namespace Kontinue.Engine.Storage;

/// <summary>
/// Keeps everything in this process's memory: the reference for what other stores must do, and a store for tests. Nothing outlives it.
/// </summary>
/// <remarks>One lock, and scans where a database has indexes: made to be right at a glance, not to be fast.</remarks>
/// <param name="time">The clock that decides on leases. Default: the system's.</param>
public sealed partial class InMemoryStore(TimeProvider? time = null) : IExecutionStore
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<ExecutionKey, ExecutionRow> _rows = new(KeyOrder.Instance);
    private readonly Dictionary<Guid, SortedDictionary<long, JournalRecord>> _journals = [];
    private readonly Dictionary<ExecutionKey, OrderedDictionary<Guid, Message>> _messages = [];
    private readonly Dictionary<SiloId, Silo> _silos = [];
    private readonly Dictionary<string, SortedDictionary<Guid, ExecutionKey>> _permits = new(StringComparer.Ordinal);
    private readonly List<Deletion> _deletions = [];
    private long _version;
    private long _prunedVersion;

    /// <inheritdoc/>
    public int MaxConcurrentCommits => 1;

    /// <inheritdoc/>
    public Task InitializeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private IEnumerable<Message> MessagesFor(ExecutionRow row) =>
        _messages.TryGetValue(row.Key, out OrderedDictionary<Guid, Message>? stored)
            ? stored.Values.Where(m => m.TargetUid == row.Uid)
            : [];

    private sealed class KeyOrder : IComparer<ExecutionKey>
    {
        public static readonly KeyOrder Instance = new();

        public int Compare(ExecutionKey x, ExecutionKey y)
        {
            int byNamespace = string.CompareOrdinal(x.Namespace, y.Namespace);
            return byNamespace != 0 ? byNamespace : string.CompareOrdinal(x.Name, y.Name);
        }
    }
}
