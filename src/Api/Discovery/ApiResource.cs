namespace Kontinue.Api.Discovery;

/// <summary>A resource that the API serves.</summary>
/// <param name="Name">Its name in paths: lower case, plural.</param>
/// <param name="Singular">Its name in the singular, for kubectl.</param>
/// <param name="Kind">The kind of one of it.</param>
/// <param name="Type">The type of one of it.</param>
/// <param name="ListType">The type of a page of it.</param>
/// <param name="IsNamespaced">Whether it is found below a namespace.</param>
/// <param name="Verbs">What can be done with it, by Kubernetes' words.</param>
/// <param name="ShortNames">What kubectl may call it as well.</param>
internal sealed record ApiResource(
    string Name, string Singular, string Kind, Type Type, Type ListType, bool IsNamespaced, IReadOnlyList<string> Verbs, IReadOnlyList<string> ShortNames)
{
    /// <summary>The category, for <c>kubectl get kontinue</c>. Not <c>all</c>: that would mix thousands of runs into every look at a cluster.</summary>
    public static IReadOnlyList<string> Categories { get; } = ["kontinue"];

    public IReadOnlyList<ApiSubresource> Subresources { get; init; } = [];
}

/// <summary>What hangs below one resource: a part of it, or something to be done with it.</summary>
/// <param name="Name">Its name in paths.</param>
/// <param name="Verb">The one thing that can be done: get or create.</param>
/// <param name="Description">What it does.</param>
/// <param name="Request">The type of the body; null when it takes none.</param>
/// <param name="Response">The type of the answer; null when it may be any JSON.</param>
/// <param name="IsBodyRequired">Whether an empty body is refused.</param>
internal sealed record ApiSubresource(string Name, string Verb, string Description, Type? Request, Type? Response, bool IsBodyRequired = false);

/// <summary>Kubernetes' words for what can be done with resources.</summary>
internal static class Verb
{
    public const string Create = "create";
    public const string Delete = "delete";
    public const string DeleteCollection = "deletecollection";
    public const string Get = "get";
    public const string List = "list";
    public const string Patch = "patch";
    public const string Update = "update";
    public const string Watch = "watch";
}
