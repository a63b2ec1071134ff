using System.Text.Json;
using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Client;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Endpoints;

/// <summary>Creates one execution, or those of a list.</summary>
internal sealed class CreateHandler(IKontinueClient client, ApiGroup group, StatusFactory statuses, Waits waits, BodyReader bodies)
{
    private const string ListKind = "ExecutionList";
    private const int Concurrency = 8;

    public async Task CreateAsync(HttpContext context)
    {
        string ns = PathReader.Namespace(context.Request)!;
        TimeSpan wait = QueryReader.Wait(context.Request);
        bool dryRun = QueryReader.DryRun(context.Request);
        FieldValidation validation = FieldValidationReader.From(context.Request);
        RawBody body = await bodies.ReadRawAsync(context, BodyFormat.Plain)
            ?? throw new ApiException(StatusFactory.BadRequest("The request needs a body: an Execution or an ExecutionList, in JSON or YAML."));
        if (IsList(body.Json.Span))
        {
            await CreateManyAsync(context, ns, body, validation, wait, dryRun);
            return;
        }

        ReadBody<Execution> given = BodyReader.Bind<Execution>(body.Json, Shape.Execution, validation);
        Execution admitted = ExecutionAdmission.Admit(given.Value, ns, group);
        Execution created;
        try
        {
            created = await CreateAsync(admitted, wait, dryRun, context.RequestAborted);
        }
        catch (InvalidRequestException e)
        {
            // The path has no name, but the body has.
            throw new ApiException(StatusFactory.Invalid(
                admitted.Metadata.Name ?? admitted.Metadata.GenerateName, [new StatusCause(CauseReason.Invalid, e.Message, e.Field)]));
        }

        WarningHeaders.Add(context.Response, given.Warnings);
        if (!dryRun)
        {
            context.Response.Headers.Location = $"{group.Root}/namespaces/{ns}/executions/{created.Metadata.Name}";
        }

        await Answer.JsonAsync(context, group.Show(created), KontinueJsonContext.Writing.Execution, StatusCodes.Status201Created);
    }

    /// <summary>Creates what a patch describes, if it is not there.</summary>
    public Task<Execution> CreateAsync(Execution admitted, TimeSpan wait, bool dryRun, CancellationToken aborted) =>
        dryRun ? client.TryCreateAsync(admitted, aborted)
        : wait == TimeSpan.Zero ? client.CreateAsync(admitted, cancellationToken: aborted)
        : waits.RunAsync(aborted, token => client.CreateAsync(admitted, wait, token));

    private async Task CreateManyAsync(
        HttpContext context, string ns, RawBody body, FieldValidation validation, TimeSpan wait, bool dryRun)
    {
        if (wait != TimeSpan.Zero)
        {
            throw QueryReader.Bad("wait", "the ends of a list cannot be waited for. Watch them instead.");
        }

        ReadBody<ExecutionList> given = BodyReader.Bind<ExecutionList>(body.Json, Shape.Of<ExecutionList>(), validation);
        IReadOnlyList<Execution> admitted = ExecutionAdmission.Admit(given.Value, ns, group);
        IReadOnlyList<CreateOutcome> outcomes = dryRun
            ? await TryManyAsync(admitted, context.RequestAborted)
            : await client.CreateManyAsync(admitted, context.RequestAborted);
        WarningHeaders.Add(context.Response, given.Warnings);
        ThrowIfPartly(outcomes, context);
        var list = new ExecutionList { Items = [.. outcomes.Select(o => o.Execution!)] };
        await Answer.JsonAsync(context, group.Show(list), KontinueJsonContext.Writing.ExecutionList, StatusCodes.Status201Created);
    }

    private async Task<IReadOnlyList<CreateOutcome>> TryManyAsync(IReadOnlyList<Execution> executions, CancellationToken aborted)
    {
        var outcomes = new CreateOutcome[executions.Count];
        await Parallel.ForAsync(0, executions.Count, new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = aborted }, async (i, token) =>
        {
            try
            {
                outcomes[i] = new CreateOutcome(await client.TryCreateAsync(executions[i], token), Error: null);
            }
            catch (ExecutionAlreadyExistsException e)
            {
                outcomes[i] = new CreateOutcome(Execution: null, e);
            }
            catch (InvalidRequestException e)
            {
                throw new InvalidRequestException($"items[{i}].{e.Field}", e.Message);
            }
        });
        return outcomes;
    }

    private void ThrowIfPartly(IReadOnlyList<CreateOutcome> outcomes, HttpContext context)
    {
        List<StatusCause> causes = [.. outcomes
            .Select((outcome, i) => (outcome.Error, Field: $"items[{i}].metadata.name"))
            .Where(o => o.Error is not null)
            .Select(o => new StatusCause(o.Error is ExecutionAlreadyExistsException ? "FieldValueDuplicate" : o.Error!.Kind.ToString(), o.Error!.Message, o.Field))];
        if (causes.Count == 0)
        {
            return;
        }

        ErrorStatus partly = StatusFactory.PartlyCreated(causes, outcomes.Count);
        KontinueException? other = outcomes.Select(o => o.Error).FirstOrDefault(e => e is not null and not ExecutionAlreadyExistsException);
        if (other is not null && statuses.From(other, context) is var status)
        {
            partly = partly with
            {
                Code = status.Code,
                Reason = status.Reason,
                Details = partly.Details! with { RetryAfterSeconds = status.Details?.RetryAfterSeconds },
            };
        }

        throw new ApiException(partly);
    }

    /// <summary>Whether a body says that it is a list. One that cannot be read is not; its faults are told when it is bound.</summary>
    private static bool IsList(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("ExecutionList"u8) < 0)
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("kind"u8))
                {
                    return reader.Read() && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(ListKind);
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }

        return false;
    }
}
