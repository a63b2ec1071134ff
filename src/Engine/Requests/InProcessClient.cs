using Kontinue.Client;
using Kontinue.Engine.Commit;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Feed;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Messages;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Telemetry;
using Kontinue.Resources;

namespace Kontinue.Engine.Requests;

/// <summary>The client of a host in the same process. What is here ends here; what is elsewhere is asked of the store.</summary>
internal sealed partial class InProcessClient(
    EmbeddedHost host, IExecutionStore store, RequestValidator validator, StoreHealth health, RequestGate gate, ChangeFeed feed,
    KnownFunctions functions) : IKontinueClient
{
    private const int NameTries = 5;

    /// <summary>How much longer than for others it takes until the store is asked for one that is here, and whose end is told in memory.</summary>
    private const int LookFactorHere = 5;

    /// <summary>Questions for ends that are asked at a time.</summary>
    private const int MaxLooks = 4;

    /// <summary>The longest time between two questions for an end. Silos that are asked to tell of it remember that for twice as long.</summary>
    private static readonly TimeSpan MaxLook = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _looks = new(MaxLooks);

    public async Task<Execution> CreateAsync(Execution execution, TimeSpan wait = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(execution);
        validator.Validate(execution);
        CheckWait(wait);
        StoredSpec spec = ToSpec(execution);
        JsonPayload storedSpec = spec.Serialize();
        Placement placement = await PlaceAsync(execution.Spec, cancellationToken).ConfigureAwait(false);
        for (int tries = 1; ; tries++)
        {
            ExecutionRow row = ToRow(execution, spec, storedSpec, placement);
            (CommitOutcome outcome, StoredExecution? ended) = await CreateAsync(row, spec, wait, cancellationToken).ConfigureAwait(false);
            if (outcome == CommitOutcome.Applied)
            {
                return wait > TimeSpan.Zero && ended is not null
                    ? ResourceMapper.ToResource(ended)
                    : await AfterChangeAsync(ReadOrShowAsync(row, ended, wait, cancellationToken)).ConfigureAwait(false);
            }

            if (execution.Metadata.Name is not null || tries == NameTries)
            {
                ExecutionRow? existing = await ReadAsync(row.Key, cancellationToken).ConfigureAwait(false);
                throw new ExecutionAlreadyExistsException(row.Key, existing?.Uid ?? Guid.Empty);
            }
        }
    }

    public async Task<Execution> WaitAsync(ExecutionKey key, TimeSpan wait, CancellationToken cancellationToken = default)
    {
        CheckWait(wait);
        ResultWaiter waiter = host.Waiters.Add(key);
        try
        {
            ExecutionRow row = await RequireAsync(key, cancellationToken).ConfigureAwait(false);
            return row.Phase.IsTerminal()
                ? ResourceMapper.ToResource(row)
                : ResourceMapper.ToResource(await WaitForEndAsync(key, waiter, wait, cancellationToken).ConfigureAwait(false) ??
                    StoredExecution.Of(await RequireAsync(key, cancellationToken).ConfigureAwait(false)));
        }
        finally
        {
            host.Waiters.Remove(key, waiter);
        }
    }

    public async Task ResumeAsync(
        ExecutionKey key, string? suspension = null, JsonPayload payload = default, CancellationToken cancellationToken = default)
    {
        validator.ValidatePayload(payload, "The payload", "payload");
        ExecutionRow row = await RequireAsync(key, cancellationToken).ConfigureAwait(false);
        ThrowIfEnded(row);
        StoredStatus status = StoredStatus.Deserialize(row.Status);
        string? wait = Suspensions.Find(row, status, suspension);
        var body = new MessageBody
        {
            Kind = MessageKind.Resume,
            Name = wait,
            Attempt = wait is null ? status.Attempts : 0,
            Value = payload.IsNone ? JsonPayload.Null : payload,
        };
        await SendAsync(row, body, cancellationToken).ConfigureAwait(false);
    }

    public async Task CancelAsync(ExecutionKey key, string? reason = null, CancellationToken cancellationToken = default)
    {
        ExecutionRow row = await RequireAsync(key, cancellationToken).ConfigureAwait(false);
        ThrowIfEnded(row);
        await SendEndAsync(row, new MessageBody { Kind = MessageKind.Cancel, Name = reason }, cancellationToken).ConfigureAwait(false);
        if (row.Held)
        {
            // After the message: released before it, the execution could be held again without having seen it.
            await AfterChangeAsync(ReleaseAsync(row, cancellationToken)).ConfigureAwait(false);
        }
    }

    public async Task SendEventAsync(
        ExecutionKey key, string name, JsonPayload payload = default, CancellationToken cancellationToken = default)
    {
        if (!Names.IsOperationName(name))
        {
            throw new InvalidRequestException("name", $"'{name}' is not the name of an event. {Names.OperationNameRule}");
        }

        validator.ValidatePayload(payload, "The payload", "payload");
        ExecutionRow row = await RequireAsync(key, cancellationToken).ConfigureAwait(false);
        ThrowIfEnded(row);
        await SendAsync(
            row, new MessageBody { Kind = MessageKind.Event, Name = name, Value = payload.IsNone ? JsonPayload.Null : payload },
            cancellationToken).ConfigureAwait(false);
    }

    private static void CheckWait(TimeSpan wait)
    {
        if (wait < TimeSpan.Zero || wait > KontinueClientExtensions.MaxWait)
        {
            throw new InvalidRequestException("wait", $"The wait must be from 0s to {Duration.Format(KontinueClientExtensions.MaxWait)}.");
        }
    }

    private static void ThrowIfEnded(ExecutionRow row)
    {
        if (row.Phase.IsTerminal())
        {
            throw new ExecutionConflictException(row.Key, $"Execution {row.Key} has ended: it is {row.Phase}.");
        }
    }

    private static StoredSpec ToSpec(Execution execution) => new()
    {
        Arguments = execution.Spec.Arguments.IsNone ? JsonPayload.EmptyObject : execution.Spec.Arguments,
        WorkerGroup = execution.Spec.WorkerGroup,
        Mutex = execution.Spec.Mutex?.Name,
        Priority = execution.Spec.Priority,
        ConcurrencyKey = execution.Spec.ConcurrencyKey,
        Retry = execution.Spec.Retry,
        Timeout = execution.Spec.Timeout,
        Trace = RunTrace.Caller,
    };

    /// <exception cref="InvalidRequestException">Several worker groups have the function, and none is named.</exception>
    private async ValueTask<Placement> PlaceAsync(ExecutionSpec spec, CancellationToken cancellationToken)
    {
        ValueTask<Placement> placing = functions.PlaceAsync(spec.Function, spec.WorkerGroup, cancellationToken);
        Placement placement = placing.IsCompletedSuccessfully ? placing.Result : await StoreCall(placing.AsTask()).ConfigureAwait(false);
        return placement.Choices is null
            ? placement
            : throw new InvalidRequestException("spec.workerGroup", placement.ChoiceNeeded(spec.Function));
    }

    private ExecutionRow ToRow(Execution execution, StoredSpec spec, JsonPayload storedSpec, Placement placement)
    {
        ObjectMetadata metadata = execution.Metadata;
        DateTimeOffset now = host.Now;
        string @namespace = metadata.Namespace ?? ExecutionKey.DefaultNamespace;
        TtlSpec? ttl = execution.Spec.Ttl ?? placement.Ttl;
        return new ExecutionRow
        {
            Key = new ExecutionKey(
                @namespace,
                metadata.Name ?? GeneratedName.From(metadata.GenerateName)),
            Uid = host.Uids.Next(),
            Function = execution.Spec.Function,
            Phase = ExecutionPhase.Pending,
            Revision = 1,
            CreatedAt = now,
            WakeAt = Priorities.Rank(now, spec.Priority, host.Options.PriorityAging),
            WorkerGroup = placement.WorkerGroup,
            Semaphores = placement.SemaphoresOf(@namespace, execution.Spec.Function, spec),
            Labels = metadata.Labels is { Count: > 0 } labels ? JsonPayload.From(labels) : default,
            Settings = StoredSettings.Create(metadata, ttl),
            DeleteAfter = ttl?.DeleteAfter,
            ArchiveAfter = ttl?.ArchiveAfter,
            Spec = storedSpec,
            Status = placement.ToCondition(now) is { } missing
                ? new StoredStatus { Conditions = [missing] }.Serialize()
                : StoredStatus.InitialJson,
        };
    }

    private async Task<(CommitOutcome Outcome, StoredExecution? Ended)> CreateAsync(
        ExecutionRow row, StoredSpec spec, TimeSpan wait, CancellationToken cancellationToken)
    {
        ResultWaiter? waiter = wait > TimeSpan.Zero ? host.Waiters.Add(row.Key) : null;
        try
        {
            CommitOutcome outcome = await AcceptAsync(() => host.StartAsync(row, spec), cancellationToken).ConfigureAwait(false);
            StoredExecution? ended = outcome == CommitOutcome.Applied && waiter is not null
                ? await AfterChangeAsync(WaitForEndAsync(row.Key, waiter, wait, cancellationToken)).ConfigureAwait(false)
                : null;
            return (outcome, ended);
        }
        finally
        {
            if (waiter is { HasEnded: false })
            {
                host.Waiters.Remove(row.Key, waiter);
            }
        }
    }

    /// <summary>
    /// Waits in memory. When the execution is not here, the silo that has it is asked to say when it ends; and now and then the store is
    /// asked, in case nobody says so.
    /// </summary>
    private async Task<StoredExecution?> WaitForEndAsync(
        ExecutionKey key, ResultWaiter waiter, TimeSpan wait, CancellationToken cancellationToken)
    {
        long began = host.Time.GetTimestamp();
        TimeSpan look = TimeSpan.FromSeconds(Math.Clamp(host.Options.SweepInterval.TotalSeconds, 0.1, MaxLook.TotalSeconds));
        while (true)
        {
            TimeSpan left = wait - host.Time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            TimeSpan next = look;
            if (host.IsHere(key) || !host.Cluster.HasOthers)
            {
                next = look * LookFactorHere;
            }
            else
            {
                host.Cluster.Await(key);
            }

            next = next < MaxLook ? next : MaxLook;
            if (await waiter.WaitAsync(left < next ? left : next, host.Time, cancellationToken).ConfigureAwait(false) is { } ended)
            {
                return ended;
            }

            if (await LookAsync(key, waiter, cancellationToken).ConfigureAwait(false) is not { } seen)
            {
                // Deleted meanwhile: the caller finds out when it reads it.
                return null;
            }

            if (seen.Row.Phase.IsTerminal())
            {
                return seen;
            }

            look = look * 2 < MaxLook ? look * 2 : MaxLook;
        }
    }

    /// <summary>
    /// Asks the store for one that somebody waits for, few at a time: when it takes long to serve thousands who wait, what each of them asks
    /// would be what makes it take longer.
    /// </summary>
    /// <returns>As it is now; null when there is none any more.</returns>
    private async Task<StoredExecution?> LookAsync(ExecutionKey key, ResultWaiter waiter, CancellationToken cancellationToken)
    {
        await _looks.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return waiter.Ended ??
                (await ReadAsync(key, cancellationToken).ConfigureAwait(false) is { } row ? StoredExecution.Of(row) : null);
        }
        finally
        {
            _looks.Release();
        }
    }

    private async Task<Execution> ReadOrShowAsync(ExecutionRow row, StoredExecution? ended, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (wait == TimeSpan.Zero)
        {
            return ResourceMapper.ToResource(row);
        }

        return ResourceMapper.ToResource(
            ended ?? StoredExecution.Of(await RequireAsync(row.Key, cancellationToken).ConfigureAwait(false)));
    }

    /// <summary>Asks an execution to end, and ends it if there is nobody to ask.</summary>
    private async Task SendEndAsync(ExecutionRow row, MessageBody body, CancellationToken cancellationToken)
    {
        await SendAsync(row, body, cancellationToken).ConfigureAwait(false);
        if (row is { Phase: ExecutionPhase.Pending, WorkerGroup: not null })
        {
            await AcceptAsync(
                async () =>
                {
                    await host.Stranded.TryEndAsync(row.Key, row.Uid, body, cancellationToken).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(ExecutionRow row, MessageBody body, CancellationToken cancellationToken)
    {
        DateTimeOffset now = host.Now;
        var message = new Message(row.Key, row.Uid, host.Uids.Next(), now, body.Serialize());
        switch (await AcceptAsync(() => host.SendAsync(message), cancellationToken).ConfigureAwait(false))
        {
            case CommitOutcome.NotFound:
                throw new ExecutionNotFoundException(row.Key);
            case CommitOutcome.Ended:
                throw new ExecutionConflictException(row.Key, $"Execution {row.Key} has ended.");
        }
    }

    /// <summary>Lets a change in, so many at once, and waits until it is durable.</summary>
    private async Task<T> AcceptAsync<T>(Func<Task<T>> change, CancellationToken cancellationToken)
    {
        ThrowIfNotAccepting();
        using RequestGate.Pass pass = await gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await change().WaitAsync(host.Options.RequestTimeout, host.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new UnavailableException(
                "The store did not confirm the change in time. It may still be made; ask for the execution by its name before trying again.")
            {
                MayHaveBeenDone = true,
            };
        }
    }

    private void ThrowIfNotAccepting()
    {
        if (!host.IsAccepting || !health.IsReady)
        {
            throw new UnavailableException($"No work is accepted now: {health.Message}");
        }
    }

    private async Task<ExecutionRow> RequireAsync(ExecutionKey key, CancellationToken cancellationToken) =>
        await ReadAsync(key, cancellationToken).ConfigureAwait(false) ?? throw new ExecutionNotFoundException(key);

    private Task<ExecutionRow?> ReadAsync(ExecutionKey key, CancellationToken cancellationToken) =>
        StoreCall(store.ReadAsync(key, cancellationToken));

    private static async Task<T> StoreCall<T>(Task<T> call)
    {
        try
        {
            return await call.ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            throw new UnavailableException($"The store cannot be read: {e.Message}", e);
        }
    }

    /// <summary>As <see cref="StoreCall"/>, for what changes something: nobody knows whether it has when there was no answer.</summary>
    private static async Task<T> StoreChange<T>(Task<T> call)
    {
        try
        {
            return await call.ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            throw new UnavailableException($"The store did not confirm the change: {e.Message} It may have been made nevertheless: look before asking again.", e)
            {
                MayHaveBeenDone = true,
            };
        }
    }

    /// <summary>What is left to do or to read once a change is stored: it stays made when that fails, and who asks again would ask for a second one.</summary>
    private static async Task<T> AfterChangeAsync<T>(Task<T> rest)
    {
        try
        {
            return await rest.ConfigureAwait(false);
        }
        catch (UnavailableException e) when (!e.MayHaveBeenDone)
        {
            throw new UnavailableException($"What was asked for is stored, but what became of it cannot be read: {e.Message}", e) { MayHaveBeenDone = true };
        }
    }
}
