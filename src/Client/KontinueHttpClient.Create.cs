using Kontinue.Client.Transport;
using Kontinue.Resources;

namespace Kontinue.Client;

public sealed partial class KontinueHttpClient
{
    /// <summary>How many executions are read at once to find out what became of a batch.</summary>
    private const int ParallelReads = 8;

    /// <inheritdoc/>
    /// <remarks>
    /// Sent again after a lost connection without ever starting two executions: its name is made here when only <c>generateName</c> is
    /// given, and the annotation <see cref="RequestIdAnnotation"/> tells an execution of the lost request from one of somebody else.
    /// </remarks>
    public async Task<Execution> CreateAsync(Execution execution, TimeSpan wait = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(execution);
        string requestId = CreationRequest.NewId();
        Execution named = Prepare(execution, requestId);
        ExecutionKey key = named.Key;
        long began = _time.GetTimestamp();
        TimeSpan slice = Slice(wait);
        Execution created;
        try
        {
            created = await _transport.SendAsync(Creation(named, WaitQuery(slice), slice), cancellationToken).ConfigureAwait(false);
        }
        catch (ExecutionAlreadyExistsException)
        {
            created = await GetAsync(key, cancellationToken).ConfigureAwait(false);
            if (!CreationRequest.HasCreated(requestId, created))
            {
                throw;
            }
        }

        TimeSpan rest = wait - _time.GetElapsedTime(began);
        return rest <= TimeSpan.Zero || HasEnded(created) ? created : await WaitAsync(key, rest, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>Sent again after a lost connection: it stores nothing.</remarks>
    public Task<Execution> TryCreateAsync(Execution execution, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(execution);
        return _transport.SendAsync(Creation(Prepare(execution, requestId: null), "?dryRun=All", TimeSpan.Zero), cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Sent again after a lost connection, as <see cref="CreateAsync"/> is. All executions must be of one namespace.</remarks>
    public async Task<IReadOnlyList<CreateOutcome>> CreateManyAsync(
        IReadOnlyList<Execution> executions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(executions);
        if (executions.Count is 0 or > ListQuery.MaxLimit)
        {
            throw new InvalidRequestException("items", $"There are {executions.Count:N0} executions; 1 to {ListQuery.MaxLimit} can be created at once.");
        }

        string requestId = CreationRequest.NewId();
        Execution[] named = [.. executions.Select(e => Prepare(e, requestId))];
        string ns = named[0].Key.Namespace;
        int foreign = Array.FindIndex(named, e => !string.Equals(e.Key.Namespace, ns, StringComparison.Ordinal));
        if (foreign >= 0)
        {
            throw new InvalidRequestException(
                $"items[{foreign}].metadata.namespace",
                $"items[{foreign}] is of the namespace '{named[foreign].Key.Namespace}', the first one of '{ns}'. Create those of each namespace by a call of their own.");
        }

        var list = new ExecutionList { ApiVersion = _apiVersion, Items = named };
        try
        {
            ExecutionList created = await _transport.SendAsync(
                new ApiRequest<ExecutionList>
                {
                    Method = HttpMethod.Post, Path = Many(ns, "executions"), Resend = Resend.Always,
                    Body = MediaTypes.Serialize(list, KontinueJsonContext.Writing.ExecutionList),
                },
                cancellationToken).ConfigureAwait(false);
            if (created.Items.Count == named.Length)
            {
                return [.. created.Items.Select(e => new CreateOutcome(e, Error: null))];
            }
        }
        catch (ExecutionAlreadyExistsException)
        {
            // Some names were taken, by others or by an attempt of this very request; the others were created.
        }

        var outcomes = new CreateOutcome[named.Length];
        await Parallel.ForAsync(
            0, named.Length, new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken },
            async (i, token) => outcomes[i] = await LookUpAsync(named[i].Key, requestId, token).ConfigureAwait(false)).ConfigureAwait(false);
        return outcomes;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The name is made here when none is given, and the request is then sent again after a lost connection without ever creating two
    /// executions. With a name of the caller's it is sent again only when the server has surely done nothing.
    /// </remarks>
    public async Task<Execution> ResubmitAsync(ExecutionKey key, string? name = null, CancellationToken cancellationToken = default)
    {
        var copy = new ExecutionKey(key.Namespace, name ?? GeneratedName.From(GeneratedName.PrefixOfCopy(key.Name)));
        var request = new ApiRequest<Execution>
        {
            Method = HttpMethod.Post, Path = One(key) + "/resubmit", Key = key,
            Resend = name is null ? Resend.Always : Resend.IfNotAccepted,
            Body = MediaTypes.Serialize(new ResubmitRequest { Name = copy.Name }, KontinueJsonContext.Writing.ResubmitRequest),
        };
        try
        {
            return await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (ExecutionAlreadyExistsException) when (request.WasLost)
        {
            // Nobody else can have come upon the name since.
            return await GetAsync(copy, cancellationToken).ConfigureAwait(false);
        }
        catch (ExecutionAlreadyExistsException e)
        {
            throw new ExecutionAlreadyExistsException(copy, e.ExistingUid);
        }
    }

    private async Task<CreateOutcome> LookUpAsync(ExecutionKey key, string requestId, CancellationToken cancellationToken)
    {
        try
        {
            Execution there = await GetAsync(key, cancellationToken).ConfigureAwait(false);
            return CreationRequest.HasCreated(requestId, there)
                ? new CreateOutcome(there, Error: null)
                : new CreateOutcome(Execution: null, new ExecutionAlreadyExistsException(key, there.Metadata.Uid ?? Guid.Empty));
        }
        catch (ExecutionNotFoundException e)
        {
            // Deleted since, by somebody or by its time to live.
            return new CreateOutcome(Execution: null, e);
        }
    }

    private ApiRequest<Execution> Creation(Execution named, string query, TimeSpan wait) => new()
    {
        Method = HttpMethod.Post,
        Path = Many(named.Key.Namespace, "executions") + query,
        Body = MediaTypes.Serialize(named, KontinueJsonContext.Writing.Execution),
        Key = named.Key,
        Resend = Resend.Always,
        Wait = wait,
    };

    private Execution Prepare(Execution execution, string? requestId) => CreationRequest.Prepare(execution, requestId) with { ApiVersion = _apiVersion };
}
