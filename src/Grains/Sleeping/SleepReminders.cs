using System.Collections.Concurrent;
using System.Threading.Channels;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kontinue.Grains.Sleeping;

/// <summary>How an execution that had a reminder is when that comes.</summary>
internal enum SleepState
{
    /// <summary>It is not known, or it is not due yet.</summary>
    Waits,

    /// <summary>It is due, and should have been woken.</summary>
    Due,

    /// <summary>It does not wait for a time any more, or is gone.</summary>
    Over,
}

/// <summary>
/// Registers reminders for executions that leave memory for long, and takes them back. Executions sleep by the store's timers, which the owner holds in memory
/// when they are near; a reminder comes some moments later, and finds something to do only when nobody has looked.
/// </summary>
/// <remarks>
/// Bounded: so many at once, and when more wait than <see cref="MaxWaiting"/>, those that come have none. Nothing depends on a reminder, so nothing
/// that fails here is tried again.
/// </remarks>
internal sealed partial class SleepReminders(
    IGrainFactory grains, IExecutionStore store, IServiceProvider services, IOptions<GrainOptions> options, IOptions<ReminderOptions> table,
    TimeProvider time, ILogger<SleepReminders> logger) : IAsyncDisposable
{
    /// <summary>The most changes of reminders that wait to be made, and the most that are remembered to be taken back.</summary>
    private const int MaxWaiting = 100_000;

    private const int MaxAtOnce = 64;

    /// <summary>How long after its time an execution is reminded: whose owner is alive is awake by then.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly bool _isOn = options.Value.Reminders;
    private readonly ConcurrentDictionary<ExecutionKey, DateTimeOffset> _set = new();
    private readonly Channel<(ExecutionKey Key, DateTimeOffset? WakeAt)> _waiting = Channel.CreateBounded<(ExecutionKey, DateTimeOffset?)>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private Task _changing = Task.CompletedTask;

    /// <summary>How long until it comes again, should it find nobody: not often, for it is a hint.</summary>
    public TimeSpan Period => Longest(table.Value.MinimumReminderPeriod, options.Value.ReminderThreshold, TimeSpan.FromMinutes(1));

    /// <exception cref="InvalidOperationException">There are to be reminders, and nothing keeps them.</exception>
    public void Start()
    {
        if (!_isOn)
        {
            return;
        }

        if (services.GetService<IReminderTable>() is null)
        {
            throw new InvalidOperationException(
                $"{nameof(GrainOptions)}.{nameof(GrainOptions.Reminders)} is on, but this silo has no reminder service. Add one, such as UseAdoNetReminderService, or turn it off.");
        }

        _changing = Task.Run(ChangeAllAsync);
    }

    /// <summary>An execution has left memory. Never blocks, never throws.</summary>
    public void Left(ExecutionKey key, DateTimeOffset? wakeAt)
    {
        if (!_isOn)
        {
            return;
        }

        if (wakeAt is { } due && due - time.GetUtcNow() > options.Value.ReminderThreshold)
        {
            if (_set.Count < MaxWaiting && !(_set.TryGetValue(key, out DateTimeOffset known) && known == due))
            {
                _set[key] = due;
                _waiting.Writer.TryWrite((key, due));
            }
        }
        else if (_set.TryRemove(key, out _))
        {
            _waiting.Writer.TryWrite((key, null));
        }
    }

    public TimeSpan DueIn(DateTimeOffset wakeAt) => Longest(wakeAt - time.GetUtcNow(), TimeSpan.Zero) + Grace;

    public async Task<SleepState> LookAsync(ExecutionKey key)
    {
        try
        {
            ExecutionRow? row = await store.ReadAsync(key, CancellationToken.None).ConfigureAwait(false);
            return row?.WakeAt is not { } due || row.Phase.IsTerminal() ? SleepState.Over
                : due <= time.GetUtcNow() ? SleepState.Due
                : SleepState.Waits;
        }
        catch (StoreException e)
        {
            LogNotRead(logger, key, e);
            return SleepState.Waits;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _changing.ConfigureAwait(false);
    }

    private async Task ChangeAllAsync()
    {
        var some = new List<Task>(MaxAtOnce);
        while (await _waiting.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (some.Count < MaxAtOnce && _waiting.Reader.TryRead(out (ExecutionKey Key, DateTimeOffset? WakeAt) change))
            {
                some.Add(ChangeAsync(change.Key, change.WakeAt));
            }

            await Task.WhenAll(some).ConfigureAwait(false);
            some.Clear();
        }
    }

    private async Task ChangeAsync(ExecutionKey key, DateTimeOffset? wakeAt)
    {
        try
        {
            ISleeperGrain sleeper = grains.GetGrain<ISleeperGrain>(key.ToString());
            await (wakeAt is { } due ? sleeper.SleepAsync(due) : sleeper.ForgetAsync()).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A reminder is a hint; a cluster in change, or a table that is away, refuses in many ways.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotChanged(logger, key, e);
        }
    }

    private static TimeSpan Longest(params ReadOnlySpan<TimeSpan> times)
    {
        TimeSpan longest = times[0];
        foreach (TimeSpan other in times)
        {
            longest = other > longest ? other : longest;
        }

        return longest;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The reminder of {Execution} could not be changed; it wakes by its timer in the store.")]
    private static partial void LogNotChanged(ILogger logger, ExecutionKey execution, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Execution} could not be read when its reminder came; it wakes by its timer in the store.")]
    private static partial void LogNotRead(ILogger logger, ExecutionKey execution, Exception exception);
}
