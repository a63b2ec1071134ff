using System.Threading.Channels;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Testing;

/// <summary>A source of changes that a test feeds by hand.</summary>
internal sealed class FakeFeed
{
    private readonly Channel<ExecutionEvent> _events = Channel.CreateUnbounded<ExecutionEvent>();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeFeed(FakeClient client) => client.OnWatch = Watch;

    /// <summary>What was asked for last.</summary>
    public WatchQuery? Query { get; private set; }

    /// <summary>Done when the watch has let go of the source.</summary>
    public Task Ended => _ended.Task;

    public static Execution Make(string name, string version, ExecutionPhase phase = ExecutionPhase.Suspended, params WaitReference[] waits)
    {
        Execution execution = FakeClient.Make(new ExecutionKey("default", name), phase);
        return execution with
        {
            Metadata = execution.Metadata with { ResourceVersion = version },
            Status = execution.Status! with { WaitingFor = waits, StartedAt = DateTimeOffset.UnixEpoch },
        };
    }

    public void Tell(ExecutionEventType type, Execution execution) =>
        _events.Writer.TryWrite(new ExecutionEvent(type, execution, execution.Metadata.ResourceVersion!));

    public void TellBookmark(string version, bool isInitialEnd = false) =>
        _events.Writer.TryWrite(new ExecutionEvent(ExecutionEventType.Bookmark, Execution: null, version) { IsInitialEnd = isInitialEnd });

    public void Fail(Exception error) => _events.Writer.TryComplete(error);

    public void End() => _events.Writer.TryComplete();

    private async IAsyncEnumerable<ExecutionEvent> Watch(
        WatchQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Query = query;
        try
        {
            await foreach (ExecutionEvent change in _events.Reader.ReadAllAsync(cancellationToken))
            {
                yield return change;
            }
        }
        finally
        {
            _ended.TrySetResult();
        }
    }
}
