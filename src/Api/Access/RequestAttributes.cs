namespace Kontinue.Api.Access;

/// <summary>What a request is about. Everything that decides on it uses this and nothing else.</summary>
/// <param name="Target">The route's part: resource and subresource.</param>
/// <param name="Verb">What it wants to do.</param>
/// <param name="Namespace">The namespace; null across namespaces, and for what belongs to none.</param>
/// <param name="Name">The object's name; null for a collection.</param>
internal readonly record struct RequestAttributes(RequestTarget Target, AccessVerb Verb, string? Namespace, string? Name)
{
    public bool IsHealth => Target.Kind == TargetKind.Health;

    /// <summary>Whether everybody who is known may do it: discovery, and functions, which belong to no namespace.</summary>
    public bool IsForAllKnown =>
        Verb.IsRead() && (Target.Kind == TargetKind.Plain || (Target.Resource is "functions" && Namespace is null));
}
