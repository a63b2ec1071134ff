using Kontinue.Grains.Placement;
using Kontinue.Grains.Sleeping;

namespace Kontinue.Grains.Executions;

/// <summary>The reminder of an execution that sleeps for long.</summary>
internal sealed partial class ExecutionGrain
{
    private const string Reminder = "wake";

    public async Task SleepAsync(DateTimeOffset wakeAt)
    {
        Interlocked.Increment(ref _calls);
        try
        {
            await this.RegisterOrUpdateReminder(Reminder, reminders.DueIn(wakeAt), reminders.Period).ConfigureAwait(true);
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
            LeaveIfIdle();
        }
    }

    public async Task ForgetAsync()
    {
        Interlocked.Increment(ref _calls);
        try
        {
            if (await this.GetReminder(Reminder).ConfigureAwait(true) is { } reminder)
            {
                await this.UnregisterReminder(reminder).ConfigureAwait(true);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
            LeaveIfIdle();
        }
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        // Without a lease there is nothing to look at here, and waking passes it on.
        switch (silo.IsGone() ? SleepState.Due : await reminders.LookAsync(_key).ConfigureAwait(true))
        {
            case SleepState.Over:
                await ForgetAsync().ConfigureAwait(true);
                break;
            case SleepState.Due:
                await WakeAsync().ConfigureAwait(true);
                break;
        }

        LeaveIfIdle();
    }
}
