using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Access;

/// <summary>The kinds of paths.</summary>
internal enum TargetKind
{
    /// <summary>Below the group, but not of the form of a resource's path.</summary>
    Unclassified = 0,

    /// <summary>Discovery and the like: no resource.</summary>
    Plain,

    /// <summary>What probes ask.</summary>
    Health,

    /// <summary>A resource, or a collection of them.</summary>
    Resource,
}

/// <summary>What a route is about. It is found out from the route's pattern when the route is mapped.</summary>
/// <remarks>
/// The pattern, and not the path of the request: a second reader of paths would sometimes read one differently than routing does, and
/// then what is checked is not what is done. Namespace and name are the very route values that handlers use.
/// </remarks>
internal sealed record RequestTarget
{
    private readonly string? _nsKey;
    private readonly string? _nameKey;

    private RequestTarget(TargetKind kind) => Kind = kind;

    private RequestTarget(string resource, string? subresource, string? nsKey, string? nameKey)
    {
        Kind = TargetKind.Resource;
        (Resource, Subresource, _nsKey, _nameKey) = (resource, subresource, nsKey, nameKey);
        FullResource = subresource is null ? resource : $"{resource}/{subresource}";
    }

    public static RequestTarget Plain { get; } = new(TargetKind.Plain);

    public static RequestTarget Unclassified { get; } = new(TargetKind.Unclassified);

    public TargetKind Kind { get; }

    public string? Resource { get; }

    public string? Subresource { get; }

    /// <summary>The resource with its subresource, such as <c>executions/cancel</c>.</summary>
    public string? FullResource { get; }

    /// <summary>Whether it is about one object and not about a collection.</summary>
    public bool IsNamed => _nameKey is not null;

    /// <summary>Reads a route's pattern.</summary>
    public static RequestTarget Of(string pattern, ApiGroup group)
    {
        if (pattern is "/healthz" or "/livez" or "/readyz")
        {
            return new RequestTarget(TargetKind.Health);
        }

        if (!pattern.StartsWith(group.Root + "/", StringComparison.OrdinalIgnoreCase))
        {
            return Plain;
        }

        string[] parts = pattern[(group.Root.Length + 1)..].Split('/');
        string? nsKey = null;
        if (parts is ["namespaces", var ns, _, ..])
        {
            nsKey = Parameter(ns);
            parts = nsKey is null ? [] : parts[2..];
        }

        bool understood = parts.Length is >= 1 and <= 3 && IsLiteral(parts[0]) &&
            (parts.Length < 2 || Parameter(parts[1]) is not null) && (parts.Length < 3 || IsLiteral(parts[2]));
        return understood
            ? new RequestTarget(parts[0], parts.ElementAtOrDefault(2), nsKey, parts.Length < 2 ? null : Parameter(parts[1]))
            : Unclassified;
    }

    /// <summary>What nothing serves: below the group it cannot be told what it would be about.</summary>
    public static RequestTarget OfUnknown(PathString path, ApiGroup group) =>
        path.StartsWithSegments(group.Root, StringComparison.OrdinalIgnoreCase) ? Unclassified : Plain;

    /// <summary>Puts a request's own part to it.</summary>
    public RequestAttributes Describe(HttpRequest request)
    {
        bool watches = HttpMethods.IsGet(request.Method) && IsWatch(request);
        return new RequestAttributes(
            this, Verb(request.Method, watches),
            _nsKey is null ? null : (string?)request.RouteValues[_nsKey] ?? "",
            _nameKey is null ? null : (string?)request.RouteValues[_nameKey] ?? "");
    }

    /// <summary>Whether the query asks for a watch: anything but false and 0, as Kubernetes reads it.</summary>
    public static bool IsWatch(HttpRequest request) =>
        request.QueryString.HasValue && request.Query.TryGetValue("watch", out var values) &&
        values.ToString() is var text && text is not "0" && !text.Equals("false", StringComparison.OrdinalIgnoreCase);

    private AccessVerb Verb(string method, bool watches)
    {
        bool collection = Kind == TargetKind.Resource && !IsNamed;
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method))
        {
            return Kind != TargetKind.Resource ? AccessVerb.Get : watches ? AccessVerb.Watch : collection ? AccessVerb.List : AccessVerb.Get;
        }

        return HttpMethods.IsPost(method) ? AccessVerb.Create
            : HttpMethods.IsPut(method) ? AccessVerb.Update
            : HttpMethods.IsPatch(method) ? AccessVerb.Patch
            : !HttpMethods.IsDelete(method) ? AccessVerb.Unknown
            : collection ? AccessVerb.DeleteCollection : AccessVerb.Delete;
    }

    private static bool IsLiteral(string part) => part.Length > 0 && part.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    /// <summary>The name of a plain parameter; null for anything else, such as one that takes the rest of a path.</summary>
    private static string? Parameter(string part) =>
        part is ['{', .. var name, '}'] && name.Length > 0 && name.All(char.IsAsciiLetterOrDigit) ? name : null;
}
