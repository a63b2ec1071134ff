using Kontinue.Client;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Storage;
using Kontinue.Resources;

namespace Kontinue.Engine.Requests;

/// <summary>Creations that are more, or less, than one.</summary>
internal sealed partial class InProcessClient
{
    public async Task<Execution> TryCreateAsync(Execution execution, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(execution);
        validator.Validate(execution);
        StoredSpec spec = ToSpec(execution);
        Placement placement = await PlaceAsync(execution.Spec, cancellationToken).ConfigureAwait(false);
        for (int tries = 1; ; tries++)
        {
            ExecutionRow row = ToRow(execution, spec, spec.Serialize(), placement);
            if (await ReadAsync(row.Key, cancellationToken).ConfigureAwait(false) is not { } existing)
            {
                return ResourceMapper.ToResource(row);
            }

            if (execution.Metadata.Name is not null || tries == NameTries)
            {
                throw new ExecutionAlreadyExistsException(row.Key, existing.Uid);
            }
        }
    }

    public async Task<IReadOnlyList<CreateOutcome>> CreateManyAsync(
        IReadOnlyList<Execution> executions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(executions);
        if (executions.Count is < 1 or > ListQuery.MaxLimit)
        {
            throw new InvalidRequestException("items", $"There must be from 1 to {ListQuery.MaxLimit} executions, not {executions.Count}.");
        }

        ValidateAll(executions);
        ThrowIfNotAccepting();

        // All at once, so that they are committed together. The gate bounds how many wait, whoever brings them.
        return await Task.WhenAll(executions.Select(execution => CreateOneAsync(execution, cancellationToken))).ConfigureAwait(false);
    }

    private void ValidateAll(IReadOnlyList<Execution> executions)
    {
        var names = new Dictionary<ExecutionKey, int>();
        for (int i = 0; i < executions.Count; i++)
        {
            Execution execution = executions[i] ?? throw new InvalidRequestException($"items[{i}]", "It must not be null.");
            try
            {
                validator.Validate(execution);
            }
            catch (InvalidRequestException e)
            {
                throw new InvalidRequestException($"items[{i}].{e.Field}", e.Message);
            }
            catch (PayloadTooLargeException e)
            {
                throw new InvalidRequestException($"items[{i}].spec.arguments", e.Message);
            }

            if (execution.Metadata.Name is not null && !names.TryAdd(execution.Key, i))
            {
                throw new InvalidRequestException($"items[{i}].metadata.name", $"items[{names[execution.Key]}] has the name {execution.Key} too.");
            }
        }
    }

    private async Task<CreateOutcome> CreateOneAsync(Execution execution, CancellationToken cancellationToken)
    {
        try
        {
            return new CreateOutcome(await CreateAsync(execution, cancellationToken: cancellationToken).ConfigureAwait(false), Error: null);
        }
        catch (ExecutionAlreadyExistsException e)
        {
            return await FindEarlierAsync(execution, e, cancellationToken).ConfigureAwait(false);
        }
        catch (KontinueException e)
        {
            return new CreateOutcome(Execution: null, e);
        }
    }

    /// <summary>The execution that has the name, if an earlier try of the same request has created it.</summary>
    private async Task<CreateOutcome> FindEarlierAsync(
        Execution execution, ExecutionAlreadyExistsException taken, CancellationToken cancellationToken)
    {
        if (execution.Metadata.Annotations?.TryGetValue(CreationRequest.IdAnnotation, out string? request) != true)
        {
            return new CreateOutcome(Execution: null, taken);
        }

        try
        {
            ExecutionRow? row = await ReadAsync(taken.Key, cancellationToken).ConfigureAwait(false);
            bool isSame = row is not null && StoredSettings.Of(row).Annotations?.TryGetValue(CreationRequest.IdAnnotation, out string? earlier) == true &&
                string.Equals(request, earlier, StringComparison.Ordinal);
            return isSame
                ? new CreateOutcome(ResourceMapper.ToResource(row!), Error: null)
                : new CreateOutcome(Execution: null, taken);
        }
        catch (UnavailableException e)
        {
            return new CreateOutcome(Execution: null, e);
        }
    }
}
