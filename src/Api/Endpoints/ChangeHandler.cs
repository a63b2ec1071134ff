using Kontinue.Api.Access;
using Kontinue.Api.Patches;
using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Client;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Endpoints;

/// <summary>Replaces, patches and applies: whatever the form, the same may be changed.</summary>
internal sealed class ChangeHandler(IKontinueClient client, ApiGroup group, BodyReader bodies, CreateHandler creation, int maxBytes)
{
    /// <summary>An apply that finds nothing creates; one that then finds a name taken tries once more to change.</summary>
    private const int ApplyTries = 2;

    private static readonly TtlSpec NoTtl = new();

    public async Task ReplaceAsync(HttpContext context)
    {
        ExecutionKey key = PathReader.Key(context.Request);
        bool dryRun = QueryReader.DryRun(context.Request);
        ReadBody<Execution> given = await bodies.ReadResourceAsync<Execution>(context, Shape.Execution);
        Execution changed = await UpdateAsync(context, key, current => Replacement.Of(current, given.Value, group), dryRun);
        await AnswerAsync(context, changed, given.Warnings);
    }

    public async Task PatchAsync(HttpContext context)
    {
        ExecutionKey key = PathReader.Key(context.Request);
        bool dryRun = QueryReader.DryRun(context.Request);
        QueryReader.Flag(context.Request, "force");
        FieldValidation validation = FieldValidationReader.From(context.Request);
        context.Response.Headers["Accept-Patch"] = string.Join(", ", ExecutionPatch.MediaTypes);
        RawBody body = await bodies.ReadRawAsync(context, ExecutionPatch.MediaTypes)
            ?? throw new ApiException(StatusFactory.BadRequest("The request needs a patch as its body."));
        var patch = ExecutionPatch.Read(body, key.Name, validation, maxBytes);
        if (patch.MediaType is ExecutionPatch.Apply)
        {
            await ApplyAsync(context, key, patch, validation, dryRun);
            return;
        }

        (Execution changed, IReadOnlyList<string> warnings) = await PatchAsync(context, key, patch, dryRun);
        await AnswerAsync(context, changed, warnings);
    }

    private async Task ApplyAsync(HttpContext context, ExecutionKey key, ExecutionPatch patch, FieldValidation validation, bool dryRun)
    {
        var permit = RequestPermit.Of(context);
        for (int tries = 1; ; tries++)
        {
            try
            {
                (Execution changed, IReadOnlyList<string> warnings) = await PatchAsync(context, key, patch, dryRun);
                await AnswerAsync(context, changed, warnings);
                return;
            }
            catch (ExecutionNotFoundException)
            {
                // There is nothing to change, so it is created below. That is more than the patch that the request was authorized as.
                permit.Require(context, AccessVerb.Create, "there is none of the name, so the apply creates it");
                if (permit.IsDecidedByProxy)
                {
                    throw new ApiException(StatusFactory.NothingToApplyTo(key));
                }
            }

            ReadBody<Execution> given = BodyReader.Bind<Execution>(patch.Manifest, Shape.Execution, validation);
            Execution admitted = ExecutionAdmission.Admit(given.Value, key.Namespace, group);
            try
            {
                Execution created = await creation.CreateAsync(admitted, wait: TimeSpan.Zero, dryRun, context.RequestAborted);
                await AnswerAsync(context, created, given.Warnings, StatusCodes.Status201Created);
                return;
            }
            catch (ExecutionAlreadyExistsException) when (tries < ApplyTries)
            {
                // Somebody was faster; what he made is changed.
            }
        }
    }

    private async Task<(Execution Changed, IReadOnlyList<string> Warnings)> PatchAsync(
        HttpContext context, ExecutionKey key, ExecutionPatch patch, bool dryRun)
    {
        IReadOnlyList<string> warnings = [];
        Execution changed = await UpdateAsync(context, key, current => patch.ApplyTo(current, group, out warnings), dryRun);
        return (changed, warnings);
    }

    private async Task<Execution> UpdateAsync(HttpContext context, ExecutionKey key, Func<Execution, Execution> change, bool dryRun)
    {
        if (!dryRun)
        {
            return await client.UpdateAsync(key, Change, context.RequestAborted);
        }

        Execution current = await client.GetAsync(key, context.RequestAborted);
        Execution changed = Change(current);
        ObjectMetadata now = current.Metadata;
        return now.DeletionTimestamp is not null
            ? throw new ExecutionConflictException(key, $"Execution {key} is being deleted.")
            : changed.Metadata.Uid == now.Uid && string.Equals(changed.Metadata.ResourceVersion, now.ResourceVersion, StringComparison.Ordinal)
                ? changed
                : throw new ExecutionConflictException(
                    key, $"Execution {key} has uid {now.Uid} and version {now.ResourceVersion}, not {changed.Metadata.Uid} and {changed.Metadata.ResourceVersion}.");

        // Who may set when something is deleted can delete it: with 1ms, at once.
        Execution Change(Execution before)
        {
            Execution after = change(before);
            if ((before.Spec.Ttl ?? NoTtl) != (after.Spec.Ttl ?? NoTtl))
            {
                RequestPermit.Of(context).Require(context, AccessVerb.Delete, "spec.ttl decides when it is deleted, so changing it needs the right to delete");
            }

            return after;
        }
    }

    private Task AnswerAsync(HttpContext context, Execution execution, IReadOnlyList<string> warnings, int code = StatusCodes.Status200OK)
    {
        WarningHeaders.Add(context.Response, warnings);
        return Answer.JsonAsync(context, group.Show(execution), KontinueJsonContext.Writing.Execution, code);
    }
}
