using Kontinue.Engine.Hosting;
using Kontinue.Grains.Executions;
using Kontinue.Grains.Membership;
using Kontinue.Grains.Sleeping;
using Kontinue.Grains.Sweeping;

namespace Kontinue.Grains.Hosting;

/// <summary>
/// Starts Kontinue's silo before Orleans' one takes calls, and stops it after that one has told the others that it goes and has deactivated its
/// grains, so that nothing new is placed here while it gives up what it has. Between the two it follows the membership.
/// </summary>
internal sealed class SiloLifetime(
    ILocalSilo silo, MembershipFollower membership, SweepKeeper sweep, SleepReminders reminders, Draining draining)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _loops = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle)
    {
        ArgumentNullException.ThrowIfNull(lifecycle);
        lifecycle.Subscribe("Kontinue", ServiceLifecycleStage.ApplicationServices, silo.StartAsync, silo.StopAsync);
        lifecycle.Subscribe("Kontinue membership", ServiceLifecycleStage.Active, FollowAsync, EndAsync);
    }

    public void Dispose() => _stop.Dispose();

    private Task FollowAsync(CancellationToken cancellationToken)
    {
        reminders.Start();
        CancellationToken stop = _stop.Token;
        _loops = Task.WhenAll(
            Task.Run(() => membership.FollowAsync(stop), CancellationToken.None), Task.Run(() => sweep.KeepAsync(stop), CancellationToken.None));
        return Task.CompletedTask;
    }

    private async Task EndAsync(CancellationToken cancellationToken)
    {
        await draining.BeginAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loops.ConfigureAwait(false);
    }
}
