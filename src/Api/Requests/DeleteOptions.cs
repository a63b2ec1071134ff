using Kontinue.Api.Responses;
using Kontinue.Client;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Requests;

/// <summary>How something is to be deleted, as Kubernetes' clients say it: the body of a DELETE, or its parameters.</summary>
internal sealed record DeleteOptions
{
    private const string OptionsKind = "DeleteOptions";

    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    /// <summary>Background or Foreground: what it started goes too; Orphan: it stays.</summary>
    public string? PropagationPolicy { get; init; }

    /// <summary>Kubernetes' older word for <see cref="PropagationPolicy"/>.</summary>
    public bool? OrphanDependents { get; init; }

    /// <summary>0 forces; any other means that it may clean up for as long as it takes.</summary>
    public long? GracePeriodSeconds { get; init; }

    public DeletePreconditions? Preconditions { get; init; }

    public IReadOnlyList<string>? DryRun { get; init; }

    /// <summary>Reads the options of a request.</summary>
    /// <exception cref="ApiException">One is wrong, or the body and the parameters contradict each other.</exception>
    public static async Task<DeleteRequest> ReadAsync(HttpContext context, BodyReader bodies)
    {
        DeleteOptions body = await bodies.ReadAsync(context, ResourceJson.Strict<DeleteOptions>(), Shape.Of<DeleteOptions>(), new DeleteOptions());
        HttpRequest request = context.Request;
        if (body.Kind is not (null or OptionsKind))
        {
            throw Invalid("kind", $"must be {OptionsKind}, not '{body.Kind}'");
        }

        string? policy = Agree("propagationPolicy", body.PropagationPolicy, Text(request, "propagationPolicy"));
        bool? orphan = Agree("orphanDependents", body.OrphanDependents, QueryReader.Flag(request, "orphanDependents"));
        long? grace = Agree("gracePeriodSeconds", body.GracePeriodSeconds, QueryReader.Number(request, "gracePeriodSeconds", 0, int.MaxValue));
        if (policy is not (null or "Background" or "Foreground" or "Orphan"))
        {
            throw Invalid("propagationPolicy", $"'{policy}' is not one of Background, Foreground, Orphan");
        }

        if (policy is not null && orphan is not null)
        {
            throw Invalid("orphanDependents", "cannot be given together with propagationPolicy");
        }

        if (grace < 0)
        {
            throw Invalid("gracePeriodSeconds", $"{grace} is negative");
        }

        if (body.DryRun?.FirstOrDefault(d => d is not "All") is { } other)
        {
            throw Invalid("dryRun", $"'{other}' is not supported; write [\"All\"], or leave it out");
        }

        return new DeleteRequest
        {
            Orphan = policy is "Orphan" || orphan == true,
            Force = grace == 0,
            Uid = Uid(Agree("preconditions.uid", body.Preconditions?.Uid, Text(request, "preconditions.uid"))),
            ResourceVersion = Agree("preconditions.resourceVersion", body.Preconditions?.ResourceVersion, Text(request, "preconditions.resourceVersion")),
            DryRun = QueryReader.DryRun(request) || body.DryRun is { Count: > 0 },
        };
    }

    private static string? Text(HttpRequest request, string name) =>
        request.Query[name] is { Count: > 0 } values && values.ToString() is { Length: > 0 } text ? text : null;

    private static T? Agree<T>(string field, T? body, T? parameter) => body is null ? parameter
        : parameter is null || body.Equals(parameter) ? body
        : throw Invalid(field, $"is '{body}' in the body and '{parameter}' as a parameter");

    private static Guid? Uid(string? text) => text is null ? null
        : Guid.TryParseExact(text, "D", out Guid uid) ? uid
        : throw Invalid("preconditions.uid", $"'{text}' is not a uid, such as 0198c0de-0000-7000-8000-000000000001");

    private static ApiException Invalid(string field, string message) => new(StatusFactory.InvalidOptions(OptionsKind, field, message));
}

/// <summary>What must hold of what is deleted.</summary>
internal sealed record DeletePreconditions
{
    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }
}
