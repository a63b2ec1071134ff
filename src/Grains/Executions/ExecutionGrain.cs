using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Grains.Placement;
using Kontinue.Grains.Signals;
using Kontinue.Grains.Sleeping;
using Kontinue.Resources;
using Orleans.Concurrency;

namespace Kontinue.Grains.Executions;

/// <summary>
/// One execution on the silo that has it. Thin on purpose: what an execution does is decided by the engine of this process, and what it
/// has done is in the store; the grain is the way to it, and is placed where its owner is.
/// </summary>
/// <remarks>
/// Reentrant, for who waits for an end must not keep others out; the engine orders what concerns one execution. User code never runs on a
/// grain's scheduler, so neither a long step nor a long replay holds up the silo.
/// </remarks>
[Reentrant]
[GrainType("kontinue.execution")]
[ExecutionPlacement]
internal sealed partial class ExecutionGrain(
    IKontinueClient client, ILocalSilo silo, Activations activations, GrainSignalBus signals, Draining draining, SleepReminders reminders)
    : Grain, IExecutionGrain, ISleeperGrain, IActiveGrain
{
    private static readonly DeactivationReason Left = new(DeactivationReasonCode.ApplicationRequested, "The execution has left memory.");

    private ExecutionKey _key;
    private bool _isRelay;
    private int _calls;
    private int _isWoken;

    /// <summary>
    /// Where to go instead when this silo has lost its lease, and could answer nothing: callers remember where a grain was, and come without a placement. Not
    /// through this grain's own deactivation, for then the same address may be found again; the relay has an identity that nobody remembers.
    /// </summary>
    private IExecutionGrain? Elsewhere => !_isRelay && silo.IsGone() ? GrainFactory.GetRelay(_key, silo.Id) : null;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        string key = this.GetPrimaryKeyString();
        _key = GrainCalls.ParseKey(key);
        _isRelay = Relays.IsRelay(key);
        if (!_isRelay)
        {
            activations.Add(_key, this);
        }

        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        activations.Remove(_key, this);
        return Task.CompletedTask;
    }

    public Task<Execution> CreateAsync(Execution execution, TimeSpan wait, CancellationToken cancellationToken) => AnswerAsync(
        other => draining.CreateAsync(execution, wait, until => other.CreateAsync(execution, wait, until), cancellationToken),
        () =>
        {
            // It has said where to place this grain, and would place those that the engine calls from here too.
            GrainCalls.ClearCreation();
            return draining.CreateAsync(OfThis(execution), wait, until => client.CreateAsync(execution, wait, until), cancellationToken);
        });

    public Task<Execution> TryCreateAsync(Execution execution, CancellationToken cancellationToken) => AnswerAsync(
        other => other.TryCreateAsync(execution, cancellationToken),
        () =>
        {
            GrainCalls.ClearCreation();
            return client.TryCreateAsync(OfThis(execution), cancellationToken);
        });

    public Task<Execution> GetAsync(CancellationToken cancellationToken) => AnswerAsync(
        other => other.GetAsync(cancellationToken), () => client.GetAsync(_key, cancellationToken));

    public Task<Execution> WaitAsync(TimeSpan wait, CancellationToken cancellationToken) => AnswerAsync(
        other => draining.WaitAsync(until => other.WaitAsync(wait, until), () => other.GetAsync(cancellationToken), cancellationToken),
        () => draining.WaitAsync(until => client.WaitAsync(_key, wait, until), () => client.GetAsync(_key, cancellationToken), cancellationToken));

    public Task ResumeAsync(ResumeRequest request, CancellationToken cancellationToken) => AnswerAsync(
        other => other.ResumeAsync(request, cancellationToken), () => client.ResumeAsync(_key, request.Suspension, request.Payload, cancellationToken));

    public Task CancelAsync(CancelRequest request, CancellationToken cancellationToken) => AnswerAsync(
        other => other.CancelAsync(request, cancellationToken), () => client.CancelAsync(_key, request.Reason, cancellationToken));

    public Task SendEventAsync(EventRequest request, CancellationToken cancellationToken) => AnswerAsync(
        other => other.SendEventAsync(request, cancellationToken), () => client.SendEventAsync(_key, request.Name, request.Payload, cancellationToken));

    public Task RetryAsync(RetryRequest request, CancellationToken cancellationToken) => AnswerAsync(
        other => other.RetryAsync(request, cancellationToken), () => client.RetryAsync(_key, request.ChildPolicy, cancellationToken));

    public Task SkipAsync(SkipRequest request, CancellationToken cancellationToken) => AnswerAsync(
        other => other.SkipAsync(request, cancellationToken), () => client.SkipAsync(_key, request.Result, request.Reason, cancellationToken));

    public Task<Execution> ResubmitAsync(ResubmitRequest request, CancellationToken cancellationToken) => AnswerAsync(
        other => other.ResubmitAsync(request, cancellationToken), () => client.ResubmitAsync(_key, request.Name, cancellationToken));

    public Task<Execution> UpdateAsync(Execution before, Execution after, CancellationToken cancellationToken) => AnswerAsync(
        other => other.UpdateAsync(before, after, cancellationToken),
        () => client.UpdateAsync(
            _key,
            now => now.Metadata.Uid == before.Metadata.Uid && now.Metadata.Generation == before.Metadata.Generation
                ? after
                : throw new ExecutionConflictException(_key, $"Execution {_key} was changed by somebody else since it was read. Read it again."),
            cancellationToken));

    public Task<Execution> DeleteAsync(DeleteRequest request, CancellationToken cancellationToken) => AnswerAsync(
        other => other.DeleteAsync(request, cancellationToken), () => client.DeleteAsync(_key, request, cancellationToken));

    public Task<JournalPage> ReadJournalAsync(long after, int limit, CancellationToken cancellationToken) => AnswerAsync(
        other => other.ReadJournalAsync(after, limit, cancellationToken),
        () => Pages.ReadAsync(limit, most => client.ReadJournalAsync(_key, after, most, cancellationToken), static page => page.Items.Count, Pages.BytesOf));

    public Task WakeAsync()
    {
        if (silo.IsGone())
        {
            signals.PassOn(_key);
            LeaveIfIdle();
            return Task.CompletedTask;
        }

        Volatile.Write(ref _isWoken, 1);
        silo.Wake([_key]);
        if (silo.RoomOf(silo.Id) == 0)
        {
            // It waits for a place here, if it is this silo's, without an activation; if it is not, the next call is to find one with room.
            HasLeft();
        }

        return Task.CompletedTask;
    }

    /// <summary>
    /// The execution is not in memory here any more, or could not be had. An activation is worth its memory only while it is; and that of one that is
    /// elsewhere by now must go, so that the next call is placed anew. Not while somebody waits here: what comes meanwhile would wait for that too.
    /// Then what this grain was woken for is passed on, for it may concern another silo. Called from any thread.
    /// </summary>
    public void HasLeft()
    {
        bool wasWoken = Interlocked.Exchange(ref _isWoken, 0) != 0;
        if (!LeaveIfIdle() && wasWoken && !silo.IsHere(_key))
        {
            signals.PassOn(_key);
        }
    }

    private bool LeaveIfIdle()
    {
        if (Volatile.Read(ref _calls) != 0 || (silo.IsHere(_key) && !_isRelay))
        {
            return false;
        }

        // Not DeactivateOnIdle, which throws when the activation has just ended, and would throw into the engine.
        GrainContext.Deactivate(Left);
        return true;
    }

    /// <summary>Compared as text: a wrong name may be two, as the key reads it, and is the engine's to refuse.</summary>
    /// <exception cref="InvalidRequestException">It is another one's.</exception>
    private Execution OfThis(Execution execution) => string.Equals(execution.Key.ToString(), _key.ToString(), StringComparison.Ordinal)
        ? execution
        : throw new InvalidRequestException("metadata.name", $"The grain of {_key} creates no execution of another name. Call the grain of that name.");

    /// <summary>
    /// Makes a call for somebody, here or, when this silo can answer nothing, where it is answered. It counts before it begins: an execution that leaves memory meanwhile must not
    /// take the grain along.
    /// </summary>
    private async Task<T> AnswerAsync<T>(Func<IExecutionGrain, Task<T>> there, Func<Task<T>> here)
    {
        Interlocked.Increment(ref _calls);
        try
        {
            return await (Elsewhere is { } other ? HandedOn.AnswerAsync(there(other)) : here()).ConfigureAwait(true);
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
            LeaveIfIdle();
        }
    }

    /// <inheritdoc cref="AnswerAsync{T}"/>
    private async Task AnswerAsync(Func<IExecutionGrain, Task> there, Func<Task> here)
    {
        Interlocked.Increment(ref _calls);
        try
        {
            await (Elsewhere is { } other ? HandedOn.AnswerAsync(there(other)) : here()).ConfigureAwait(true);
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
            LeaveIfIdle();
        }
    }
}
