using System.Text.Json;
using Kontinue.Client;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Storage;
using Kontinue.Resources;

namespace Kontinue.Engine.Feed;

/// <summary>
/// A change as all watches share it. It is read from its stored form when the first watch needs it, and only once: whoever writes it to
/// many connections may keep the bytes by the instance.
/// </summary>
/// <param name="change">What the store tells.</param>
/// <param name="isNew">Whether the execution is told for the first time.</param>
internal sealed class FeedChange(RowChange change, bool isNew)
{
    private readonly ExecutionEvent?[] _events = new ExecutionEvent?[3];
    private Execution? _execution;
    private Dictionary<string, string>? _labels;
    private bool _areLabelsRead;

    public ExecutionRow Row => change.Row;

    public bool IsDeleted => change.IsDeleted;

    public bool IsNew => isNew;

    public long Version => change.Row.ResourceVersion;

    /// <summary>About how many bytes it holds.</summary>
    public int Bytes => 512 + (int)Math.Min(Row.PayloadBytes, int.MaxValue / 2);

    /// <summary>The execution after the change; the same instance for everybody.</summary>
    /// <exception cref="KontinueException">What is stored cannot be read.</exception>
    public Execution Execution =>
        Volatile.Read(ref _execution) ?? Interlocked.CompareExchange(ref _execution, Map(), null) ?? _execution;

    /// <summary>Its labels; null when there are none. Asked for under the feed's lock, or by the only owner.</summary>
    public Dictionary<string, string>? Labels
    {
        get
        {
            if (!_areLabelsRead)
            {
                _labels = RowSelection.ReadLabels(Row);
                _areLabelsRead = true;
            }

            return _labels;
        }
    }

    /// <summary>Whether its labels satisfy a selector. Called under the feed's lock, or by the only owner.</summary>
    public bool HasLabelsFor(ExecutionSelector selector) => selector.Labels is not { Count: > 0 } || selector.SelectsLabels(Labels);

    /// <summary>The change as an event; one instance for each type.</summary>
    public ExecutionEvent ToEvent(ExecutionEventType type)
    {
        ref ExecutionEvent? known = ref _events[(int)type];
        return Volatile.Read(ref known) ??
            Interlocked.CompareExchange(ref known, new ExecutionEvent(type, Execution, FeedVersion.Format(Version)), null) ?? known;
    }

    private Execution Map()
    {
        try
        {
            return IsDeleted ? ResourceMapper.ToGoneResource(Row) : ResourceMapper.ToResource(Row, withWaits: true);
        }
        catch (JsonException e)
        {
            throw new KontinueException(
                ErrorKind.Internal, $"What is stored of execution {Row.Key} cannot be read: {e.Message}", retryable: false, inner: e);
        }
    }
}
