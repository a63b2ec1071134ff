using System.Text;
using System.Text.Json.Nodes;

namespace Kontinue.EndToEnd.Tests.Fuzz;

/// <summary>Makes requests from the server's own OpenAPI document: every path and operation that it names, with parts that are wrong.</summary>
internal sealed class RequestGenerator
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "FOO"];

    private static readonly string[] Names =
    [
        "present", "absent", "UPPER", "a.b", ".", "..", "%2e%2e", "%2F", "%00", "%ff", "x%20y", "é", "-", "a#b", "a%23b", new string('n', 254), "",
    ];

    private static readonly string[] Namespaces = [.. Names, "elsewhere", "elsewhere", "elsewhere"];

    private static readonly string[] Values =
    [
        "", "0", "1", "-1", "500", "501", "99999999999999999999", "true", "false", "1e3", "abc", "Strict", "Warn", "Ignore", "All", "None", "Exact",
        "NotOlderThan", "Background", "Orphan", "2s", "1ms", "-5s", "10d", "%00", "%ff", "%F0%9F%98%80", "a=b", "status.phase=Failed", "status.phase!=x",
        "metadata.name=present", "metadata.ownerReferences.name=present", "spec.function=", "a in (b,c)", "a notin (", "!a", "a,,b", "((", "eyJhIjoxfQ",
        "djE6ZGVmYXVsdC94", "9223372036854775807",
    ];

    private static readonly string[] Parameters =
    [
        "limit", "continue", "labelSelector", "fieldSelector", "resourceVersion", "resourceVersionMatch", "watch", "allowWatchBookmarks", "sendInitialEvents",
        "timeoutSeconds", "dryRun", "fieldValidation", "fieldManager", "force", "wait", "after", "propagationPolicy", "gracePeriodSeconds", "orphanDependents",
        "includeObject", "pretty", "nonsense",
    ];

    private static readonly string[] Accepts =
    [
        "application/json", "*/*", "application/json;as=Table;v=v1;g=meta.k8s.io", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
        "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", "application/vnd.kubernetes.protobuf", "text/html", ";;;", "application/json;q=x",
        "application/json;as=Table;v=v9;g=meta.k8s.io", "",
    ];

    private static readonly string?[] ContentTypes =
    [
        "application/json", "application/json", "application/json; charset=utf-8", "application/merge-patch+json", "application/json-patch+json",
        "application/apply-patch+yaml", "application/strategic-merge-patch+json", "application/yaml", "application/yaml", "application/yaml", "text/plain", "application/json; charset=utf-16", "x", null,
    ];

    private readonly (string Path, string[] Methods)[] _paths;
    private readonly string _collection;
    private readonly Random _random;
    private readonly BodyMutator _bodies;
    private readonly string[] _tokens;

    /// <param name="openApi">The server's own description.</param>
    /// <param name="seed">The same seed makes the same requests.</param>
    /// <param name="tokens">Tokens that there are; most requests carry one of them.</param>
    public RequestGenerator(JsonNode openApi, int seed, string[] tokens)
    {
        _tokens = tokens;
        _paths = [.. openApi["paths"]!.AsObject().Select(p => (p.Key, p.Value!.AsObject().Select(m => m.Key.ToUpperInvariant()).Intersect(Methods).ToArray()))];
        _collection = _paths.Single(p => p.Path.EndsWith("/namespaces/{namespace}/executions", StringComparison.Ordinal)).Path;
        _random = new Random(seed);
        _bodies = new BodyMutator(_random);
    }

    public IReadOnlyList<string> Paths => [.. _paths.Select(p => p.Path)];

    public FuzzRequest Next()
    {
        (string path, string[] declared) = Pick(_paths);
        if (_random.Next(10) == 0)
        {
            // Creations matter most, and few paths are of them.
            (path, declared) = (_collection, ["POST"]);
        }

        string method = _random.Next(8) == 0 || declared.Length == 0 ? Pick(Methods) : Pick(declared);
        string target = path
            .Replace("{namespace}", _random.Next(5) == 0 ? Escape(Pick(Namespaces)) : "default", StringComparison.Ordinal)
            .Replace("{name}", _random.Next(3) == 0 ? $"f-{_random.Next(40)}" : Escape(Pick(Names)), StringComparison.Ordinal);
        target += _random.Next(25) switch { 0 => "/", 1 => "/x", 2 => "//", _ => "" };
        bool hasBody = method is not ("GET" or "HEAD") && _random.Next(8) > 0;
        string? contentType = _random.Next(2) == 0 ? Pick(ContentTypes) : method is not "PATCH" ? "application/json" : "application/merge-patch+json";
        bool isYaml = contentType?.EndsWith("yaml", StringComparison.Ordinal) is true && _random.Next(4) > 0;
        string? caller = _tokens.Length > 0 && _random.Next(8) > 0 ? Pick(_tokens) : null;
        string name = $"f-{_random.Next(40)}";
        byte[]? body = !hasBody ? null : isYaml ? _bodies.NextYaml(name) : _bodies.Next(name, method, path);
        return new FuzzRequest(method, target + Query(), Headers(caller), contentType, body, caller);
    }

    private string Query()
    {
        var query = new StringBuilder();
        for (int i = _random.Next(2) * _random.Next(1, 4); i > 0; i--)
        {
            query.Append(query.Length == 0 ? '?' : '&').Append(Pick(Parameters)).Append('=');
            string value = Pick(Values);
            query.Append(value.StartsWith('%') ? value : Uri.EscapeDataString(value));
        }

        return query.ToString();
    }

    private List<(string, string)> Headers(string? token)
    {
        var headers = new List<(string, string)>();
        if (_random.Next(2) == 0)
        {
            headers.Add(("Accept", Pick(Accepts)));
        }

        if (token is not null)
        {
            headers.Add(("Authorization", "Bearer " + token));
        }
        else if (_random.Next(6) == 0)
        {
            headers.Add(("Authorization", Pick(["Bearer x", "Bearer", "Basic eDp5", "Bearer " + new string('t', 5000), "bearer  a b", "Bearer é"])));
        }

        if (_random.Next(6) == 0)
        {
            headers.Add((Pick(["X-Remote-User", "Impersonate-User", "If-Match", "If-None-Match", "X-HTTP-Method-Override", "Range", "Accept-Encoding", "Expect"]),
                Pick(["admin", "DELETE", "*", "gzip", "bytes=0-1", "\"x\"", "é"])));
        }

        return headers;
    }

    // What is already escaped, or is to arrive raw, is left as it is.
    private static string Escape(string name) => name.Contains('%', StringComparison.Ordinal) || name is "." or ".." ? name : Uri.EscapeDataString(name);

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];
}
