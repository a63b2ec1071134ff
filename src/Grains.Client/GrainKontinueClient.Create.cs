using Kontinue.Client;
using Kontinue.Grains.Client.Calling;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Resources;

namespace Kontinue.Grains.Client;

public sealed partial class GrainKontinueClient
{
    /// <summary>Where one without a name is refused: it must be asked for somewhere, and the name that it lacks would say where.</summary>
    private const string Unnamed = "unnamed";

    /// <summary>How much may be sent with one call: a message of Orleans has 100 MB at most.</summary>
    private const long MaxBatchBytes = 64 * 1024 * 1024;

    /// <inheritdoc/>
    /// <remarks>
    /// Repeated after a lost answer without ever starting two executions: its name is made here when only <c>generateName</c> is given,
    /// and the annotation <see cref="CreationRequest.IdAnnotation"/> tells the execution of a lost try from one of somebody else. Only one that has
    /// ended and been deleted before the repeat is started once more.
    /// </remarks>
    public async Task<Execution> CreateAsync(Execution execution, TimeSpan wait = default, CancellationToken cancellationToken = default)
    {
        string requestId = CreationRequest.NewId();
        Execution named = CreationRequest.Prepare(execution, requestId);
        CheckWait(wait);
        long began = _caller.Time.GetTimestamp();
        TimeSpan slice = Slice(wait, FirstSlice);
        Execution created;
        try
        {
            created = await MakeAsync(named, slice, cancellationToken).ConfigureAwait(false);
        }
        catch (ExecutionAlreadyExistsException)
        {
            created = await GetAsync(named.Key, cancellationToken).ConfigureAwait(false);
            if (!CreationRequest.HasCreated(requestId, created))
            {
                throw;
            }
        }

        TimeSpan rest = wait - _caller.Time.GetElapsedTime(began);
        return rest <= TimeSpan.Zero || HasEnded(created)
            ? created
            : await WaitAsync(named.Key, rest, FirstSlice * 2, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>Repeated after a lost answer: it stores nothing.</remarks>
    public Task<Execution> TryCreateAsync(Execution execution, CancellationToken cancellationToken = default)
    {
        Execution named = CreationRequest.Prepare(execution, requestId: null);
        return PlaceAsync(named, new GrainCall(Repeat.Read), (grain, token) => grain.TryCreateAsync(named, token), cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Repeated after a lost answer, as <see cref="CreateAsync"/> is. The arguments of all may have 64 MiB together.</remarks>
    public async Task<IReadOnlyList<CreateOutcome>> CreateManyAsync(
        IReadOnlyList<Execution> executions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(executions);
        long bytes = executions.Sum(execution => (long)(execution?.Spec?.Arguments.Length ?? 0));
        if (bytes > MaxBatchBytes)
        {
            throw new InvalidRequestException(
                "items", $"The arguments of the {executions.Count:N0} executions have {bytes:N0} bytes; {MaxBatchBytes:N0} can be sent at once. Create them in several calls.");
        }

        string requestId = CreationRequest.NewId();
        Execution[] named = [.. executions.Select(execution => execution is null ? null! : CreationRequest.Prepare(execution, requestId))];
        IReadOnlyList<GrainCreateOutcome> outcomes = await AskAsync(
            new GrainCall(Repeat.Always), (grain, token) => grain.CreateManyAsync(named, token), cancellationToken).ConfigureAwait(false);
        return [.. outcomes.Select(outcome => new CreateOutcome(outcome.Execution, (KontinueException?)outcome.Error))];
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The name is made here when none is given, and the call is then repeated after a lost answer without ever creating two executions.
    /// With a name of the caller's it is repeated only when it was refused.
    /// </remarks>
    public async Task<Execution> ResubmitAsync(ExecutionKey key, string? name = null, CancellationToken cancellationToken = default)
    {
        string copy = name ?? GeneratedName.From(GeneratedName.PrefixOfCopy(key.Name));
        var call = new GrainCall(name is null ? Repeat.Always : Repeat.IfRefused);
        try
        {
            return await CallAsync(
                key, call, (grain, token) => grain.ResubmitAsync(new ResubmitRequest { Name = copy }, token), cancellationToken).ConfigureAwait(false);
        }
        catch (ExecutionAlreadyExistsException) when (call.WasLost)
        {
            // Nobody else can have come upon the name since.
            return await GetAsync(new ExecutionKey(key.Namespace, copy), cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<Execution> MakeAsync(Execution named, TimeSpan slice, CancellationToken cancellationToken)
    {
        var call = new GrainCall(Repeat.Always) { Wait = slice };
        ExecutionSpec spec = named.Spec;
        ObjectMetadata metadata = named.Metadata;

        // What has no name, or a function that cannot be, is refused by the grain of its name, as ever.
        return string.IsNullOrEmpty(metadata.Name) || string.IsNullOrEmpty(metadata.Namespace) || !DoorKey.IsFit(spec.Function, spec.WorkerGroup)
            ? PlaceAsync(named, call, (grain, token) => grain.CreateAsync(named, slice, token), cancellationToken)
            : _caller.CallAsync(call, token => _doors.Next(spec.Function, spec.WorkerGroup).CreateAsync(named, slice, token), cancellationToken);
    }

    /// <summary>Calls the grain of an execution that need not exist, which is placed where its function is.</summary>
    private Task<Execution> PlaceAsync(
        Execution named, GrainCall call, Func<IExecutionGrain, CancellationToken, Task<Execution>> make, CancellationToken cancellationToken)
    {
        ExecutionKey key = named.Key;
        return CallAsync(
            new ExecutionKey(
                key.Namespace.Length == 0 ? ExecutionKey.DefaultNamespace : key.Namespace, key.Name.Length == 0 ? Unnamed : key.Name),
            call,
            (grain, token) =>
            {
                GrainCalls.SetCreation(named.Spec.Function, named.Spec.WorkerGroup);
                try
                {
                    return make(grain, token);
                }
                finally
                {
                    GrainCalls.ClearCreation();
                }
            },
            cancellationToken);
    }
}
