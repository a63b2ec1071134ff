using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Client;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Endpoints;

/// <summary>Deletes an execution, or those of a namespace that a selector names.</summary>
internal sealed class DeleteHandler(IKontinueClient client, ApiGroup group, StatusFactory statuses, SelectorResolver resolver, BodyReader bodies)
{
    /// <summary>How many one request deletes; more are asked for with the continuation that it answers.</summary>
    public const int MaxAtOnce = 10_000;

    private const int Concurrency = 8;
    private const int MaxCauses = 20;

    public async Task DeleteAsync(HttpContext context)
    {
        ExecutionKey key = PathReader.Key(context.Request);
        DeleteRequest request = await DeleteOptions.ReadAsync(context, bodies);
        Execution last = await client.DeleteAsync(key, request, context.RequestAborted);
        if (last.Metadata.DeletionTimestamp is not null)
        {
            await Answer.JsonAsync(context, group.Show(last), KontinueJsonContext.Writing.Execution);
            return;
        }

        await Answer.StatusAsync(context, new ErrorStatus
        {
            Status = ErrorStatus.Success,
            Code = StatusCodes.Status200OK,
            Details = new StatusDetails { Name = key.Name, Group = group.Name, Kind = "executions", Uid = last.Metadata.Uid },
        });
    }

    /// <summary>Deletes page by page. Nobody deletes all by leaving the selector out.</summary>
    /// <remarks>
    /// That is answered as a method that is not served, and not as a bad request: the namespace controller of Kubernetes asks without a
    /// selector, and only then lists and deletes one by one. Otherwise a namespace would never be gone.
    /// </remarks>
    public async Task DeleteManyAsync(HttpContext context)
    {
        CollectionRequest asked = CollectionReader.Read(context.Request, Selectors.ExecutionFields, MaxAtOnce);
        DeleteRequest request = await DeleteOptions.ReadAsync(context, bodies);
        if (asked.Fields.IsEmpty && asked.Selector.Labels is null)
        {
            context.Response.Headers.Allow = "GET, HEAD, POST";
            throw new ApiException(StatusFactory.NothingSelected(asked.Selector.Namespace!));
        }

        if (request.Uid is not null || request.ResourceVersion is not null)
        {
            throw new ApiException(StatusFactory.InvalidOptions("DeleteOptions", "preconditions", "are for one execution, not for several"));
        }

        ExecutionSelector selector = await resolver.ResolveAsync(asked, context.RequestAborted);
        var progress = new Progress();
        string? next = asked.Continue;
        int left = asked.Limit ?? MaxAtOnce;
        do
        {
            ExecutionList page = await client.ListAsync(
                new ListQuery { Selector = selector, Limit = Math.Min(left, ListQuery.MaxLimit), Continue = next }, context.RequestAborted);
            await DeletePageAsync(page.Items, request, progress, context);
            left -= page.Items.Count;
            (next, progress.Version) = (page.Metadata.Continue, page.Metadata.ResourceVersion);
        }
        while (next is not null && left > 0);

        progress.ThrowIfPartly();
        var deleted = new ExecutionList
        {
            Items = progress.Deleted, Metadata = new ListMetadata { Continue = next, ResourceVersion = progress.Version },
        };
        await Answer.JsonAsync(context, group.Show(deleted), KontinueJsonContext.Writing.ExecutionList);
    }

    private Task DeletePageAsync(IReadOnlyList<Execution> page, DeleteRequest request, Progress progress, HttpContext context) => Parallel.ForEachAsync(
        page, new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = context.RequestAborted }, async (execution, token) =>
        {
            try
            {
                progress.Add(Shorten(await client.DeleteAsync(execution.Key, request with { Uid = execution.Metadata.Uid }, token)));
            }
            catch (ExecutionNotFoundException)
            {
                // It went with its parent, or somebody else deleted it.
            }
            catch (KontinueException e) when (e is ExecutionConflictException or InvalidRequestException)
            {
                progress.AddFailure(execution, statuses.From(e, context));
            }
        });

    /// <summary>What is told of each, so that ten thousand with their arguments, labels and annotations need not be kept until the answer.</summary>
    private static Execution Shorten(Execution execution) => new()
    {
        Metadata = new ObjectMetadata { Name = execution.Metadata.Name, Namespace = execution.Metadata.Namespace, Uid = execution.Metadata.Uid },
        Spec = new ExecutionSpec { Function = execution.Spec.Function },
        Status = new ExecutionStatus { Phase = execution.Status?.Phase ?? ExecutionPhase.Pending },
    };

    private sealed class Progress
    {
        private readonly Lock _lock = new();
        private readonly List<StatusCause> _causes = [];
        private ErrorStatus? _first;
        private int _failed;

        public List<Execution> Deleted { get; } = [];

        public string? Version { get; set; }

        public void Add(Execution execution)
        {
            lock (_lock)
            {
                Deleted.Add(execution);
            }
        }

        public void AddFailure(Execution execution, ErrorStatus status)
        {
            lock (_lock)
            {
                _first ??= status;
                _failed++;
                if (_causes.Count < MaxCauses)
                {
                    _causes.Add(new StatusCause(status.Reason!, status.Message!, execution.Metadata.Name));
                }
            }
        }

        public void ThrowIfPartly()
        {
            if (_first is not null)
            {
                throw new ApiException(StatusFactory.PartlyDeleted(_first, _causes, _failed, Deleted.Count));
            }
        }
    }
}
