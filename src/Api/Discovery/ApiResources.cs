using Kontinue.Resources;

namespace Kontinue.Api.Discovery;

/// <summary>Everything that the API serves below its group. Discovery and OpenAPI are written from this list.</summary>
internal static class ApiResources
{
    public static IReadOnlyList<ApiResource> All { get; } =
    [
        new(
            "archivedexecutions", "archivedexecution", ArchivedExecution.DefaultKind, typeof(ArchivedExecution), typeof(ArchivedExecutionList),
            IsNamespaced: true, [Verb.Delete, Verb.Get, Verb.List], ["aex"])
        {
            Subresources =
            [
                new(
                    "tree", Verb.Get, "Reads all executions of an archived tree with their journals: a line of JSON for each execution, and for each " +
                    "entry of its journal.", Request: null, typeof(ArchivedTreeLine)),
            ],
        },
        new(
            "executions", "execution", Execution.DefaultKind, typeof(Execution), typeof(ExecutionList), IsNamespaced: true,
            [Verb.Create, Verb.Delete, Verb.DeleteCollection, Verb.Get, Verb.List, Verb.Patch, Verb.Update, Verb.Watch], ["exec"])
        {
            Subresources =
            [
                new("cancel", Verb.Create, "Asks an execution to end; it may clean up first.", typeof(CancelRequest), typeof(ErrorStatus)),
                new("events", Verb.Create, "Sends an event to an execution.", typeof(EventRequest), typeof(ErrorStatus), IsBodyRequired: true),
                new("journal", Verb.Get, "Reads what an execution has done.", Request: null, typeof(JournalPage)),
                new("result", Verb.Get, "Reads the result of an execution that completed, as the function returned it.", Request: null, Response: null),
                new("resubmit", Verb.Create, "Creates a new execution with the spec and the labels of another one.", typeof(ResubmitRequest), typeof(Execution)),
                new("resume", Verb.Create, "Ends a suspension of an execution.", typeof(ResumeRequest), typeof(ErrorStatus)),
                new("retry", Verb.Create, "Starts another attempt of an execution.", typeof(RetryRequest), typeof(ErrorStatus)),
                new("skip", Verb.Create, "Passes over an execution that waits or has failed.", typeof(SkipRequest), typeof(ErrorStatus)),
                new("status", Verb.Get, "Reads an execution with its status.", Request: null, typeof(Execution)),
            ],
        },
        new(
            "functions", "function", Function.DefaultKind, typeof(Function), typeof(FunctionList), IsNamespaced: false,
            [Verb.Get, Verb.List, Verb.Watch], ["fn"]),
        new(
            "silos", "silo", Silo.DefaultKind, typeof(Silo), typeof(SiloList), IsNamespaced: false,
            [Verb.Get, Verb.List, Verb.Watch], []),
        new(
            "suspensions", "suspension", Suspension.DefaultKind, typeof(Suspension), typeof(SuspensionList), IsNamespaced: true,
            [Verb.Get, Verb.List, Verb.Watch], ["susp"])
        {
            Subresources = [new("resume", Verb.Create, "Ends a suspension.", typeof(ResumeRequest), typeof(ErrorStatus))],
        },
    ];

    /// <summary>Every method and path below the group, as templates such as <c>/apis/kontinue.cloud/v1alpha1/namespaces/{namespace}/executions</c>.</summary>
    public static IReadOnlyList<ApiOperation> Operations(ApiGroup group) => [.. All.SelectMany(resource => Operations(group, resource))];

    private static IEnumerable<ApiOperation> Operations(ApiGroup group, ApiResource resource)
    {
        string across = $"{group.Root}/{resource.Name}";
        string collection = resource.IsNamespaced ? $"{group.Root}/namespaces/{{namespace}}/{resource.Name}" : across;
        if (resource.IsNamespaced && resource.Verbs.Contains(Verb.List, StringComparer.Ordinal))
        {
            yield return new ApiOperation("get", across, Verb.List, resource, Subresource: null) { IsAcrossNamespaces = true };
        }

        foreach (string verb in resource.Verbs)
        {
            ApiOperation? operation = verb switch
            {
                Verb.List => new ApiOperation("get", collection, verb, resource, Subresource: null),
                Verb.Create => new ApiOperation("post", collection, verb, resource, Subresource: null),
                Verb.DeleteCollection => new ApiOperation("delete", collection, verb, resource, Subresource: null),
                Verb.Get => new ApiOperation("get", collection + "/{name}", verb, resource, Subresource: null),
                Verb.Update => new ApiOperation("put", collection + "/{name}", verb, resource, Subresource: null),
                Verb.Patch => new ApiOperation("patch", collection + "/{name}", verb, resource, Subresource: null),
                Verb.Delete => new ApiOperation("delete", collection + "/{name}", verb, resource, Subresource: null),
                _ => null, // A watch is a list with watch=true.
            };
            if (operation is not null)
            {
                yield return operation;
            }
        }

        foreach (ApiSubresource sub in resource.Subresources)
        {
            yield return new ApiOperation(sub.Verb is Verb.Get ? "get" : "post", $"{collection}/{{name}}/{sub.Name}", sub.Verb, resource, sub);
        }
    }
}

/// <summary>One method of one path.</summary>
/// <param name="Method">The HTTP method, in lower case.</param>
/// <param name="Path">The path's template; <c>{namespace}</c> and <c>{name}</c> are its parameters.</param>
/// <param name="Verb">Kubernetes' word for it.</param>
/// <param name="Resource">What it is done with.</param>
/// <param name="Subresource">And with which part of it, if not with the whole.</param>
internal sealed record ApiOperation(string Method, string Path, string Verb, ApiResource Resource, ApiSubresource? Subresource)
{
    /// <summary>Whether it is about all namespaces at once.</summary>
    public bool IsAcrossNamespaces { get; init; }
}
