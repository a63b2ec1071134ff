using System.Net;
using Kontinue.Api.Access;
using Kontinue.Testing;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Kontinue.Api.Tests;

/// <summary>Every verb on every resource, for every role, in every relation of namespaces.</summary>
public sealed class AccessMatrixTests
{
    private const string Root = "/apis/kontinue.cloud/v1alpha1";

    private static readonly string[] Roles = ["viewer", "operator", "admin"];

    /// <summary>What a binding of no role may do: nothing.</summary>
    private const int Nobody = -1;

    private static readonly (string Method, string Verb, int Role)[] OnCollection =
    [
        ("GET", "list", 0), ("HEAD", "list", 0), ("POST", "create", 1), ("PUT", "update", 1), ("PATCH", "patch", 1),
        ("DELETE", "deletecollection", 2), ("OPTIONS", "unknown", 2), ("PURGE", "unknown", 2),
    ];

    private static readonly (string Method, string Verb, int Role)[] OnOne =
    [
        ("GET", "get", 0), ("HEAD", "get", 0), ("POST", "create", 1), ("PUT", "update", 1), ("PATCH", "patch", 1),
        ("DELETE", "delete", 2), ("OPTIONS", "unknown", 2), ("TRACE", "unknown", 2),
    ];

    private static readonly string[] Subresources =
        ["status", "result", "journal", "cancel", "resume", "events", "retry", "skip", "resubmit"];

    [Fact]
    public void Rules_HoldForAllVerbsResourcesRolesAndNamespaces()
    {
        var group = new ApiGroup("kontinue.cloud");
        string[] resources = ["executions", "suspensions", "functions", "silos", "scheduledexecutions"];
        List<string> wrong = [];
        int checkedRules = 0;
        foreach (string resource in resources)
        {
            Check($"{Root}/namespaces/{{ns}}/{resource}", OnCollection, resource);
            Check($"{Root}/{resource}", OnCollection, resource);
            Check($"{Root}/namespaces/{{ns}}/{resource}/{{name}}", OnOne, resource);
            Check($"{Root}/{resource}/{{name}}", OnOne, resource);
            foreach (string sub in Subresources)
            {
                Check($"{Root}/namespaces/{{ns}}/{resource}/{{name}}/{sub}", OnOne, resource);
                Check($"{Root}/{resource}/{{name}}/{sub}", OnOne, resource);
            }
        }

        Assert.Empty(wrong);
        Assert.Equal(resources.Length * 22 * 8 * 4 * 4, checkedRules);

        void Check(string pattern, (string Method, string Verb, int Role)[] methods, string resource)
        {
            var target = RequestTarget.Of(pattern, group);
            Assert.Equal(resource, target.Resource);
            bool namespaced = pattern.Contains("{ns}", StringComparison.Ordinal);
            foreach ((string method, string verb, int needed) in methods)
            {
                RequestAttributes request = target.Describe(Request(method, ns: "shop"));
                Assert.Equal(verb, request.Verb.Name());
                Assert.Equal(namespaced ? "shop" : null, request.Namespace);
                for (int role = Nobody; role < Roles.Length; role++)
                {
                    foreach (string bound in (string[])["shop", "*", "bank", "Shop"])
                    {
                        Grant[] grants = role == Nobody ? [] : [new Grant(bound, (AccessRole)role)];
                        bool expected = (role >= needed && (bound is "*" || (namespaced && bound is "shop"))) ||
                            (resource is "functions" && !namespaced && needed == 0);
                        if (new Caller("somebody", default, grants).MayDo(request) != expected)
                        {
                            wrong.Add($"{method} {pattern} for {(role == Nobody ? "nobody" : Roles[role])} in {bound}: should be {expected}");
                        }

                        checkedRules++;
                    }
                }
            }
        }
    }

    /// <summary>The same over the wire, for what is served: what is refused never reaches the host.</summary>
    [Fact]
    public async Task Server_RefusesWhatTheRulesRefuse_AndNothingElse()
    {
        using var files = new TestFiles();
        string tokens = string.Join(",", from role in Roles
                                         from ns in (string[])["shop", "*", "bank"]
                                         select $$"""{"name":"{{role}}-{{ns}}","sha256":"{{AccessServer.Hash($"{role}/{ns}")}}","bindings":[{"namespace":"{{ns}}","role":"{{role}}"}]}""");
        string file = files.Write("tokens.json", $$"""{"tokens":[{{tokens}},{"name":"nobody","sha256":"{{AccessServer.Hash("nobody")}}"}]}""");
        await using AccessServer server = await AccessServer.StartAsync(o => (o.Access.Mode, o.Access.TokensFile) = (AccessMode.Tokens, file));

        const string shop = Root + "/namespaces/shop/executions";
        (string Path, bool Namespaced, (string Method, string Verb, int Role)[] Methods)[] paths =
        [
            (shop, true, OnCollection), (Root + "/executions", false, OnCollection), (shop + "/x", true, OnOne),
            .. Subresources.Select(s => ($"{shop}/x/{s}", true, OnOne)),
            (Root + "/namespaces/shop/suspensions", true, OnCollection), (Root + "/suspensions", false, OnCollection),
            (Root + "/namespaces/shop/suspensions/x", true, OnOne), (Root + "/namespaces/shop/suspensions/x/resume", true, OnOne),
            (Root + "/functions", false, OnCollection), (Root + "/functions/x", false, OnOne),
        ];
        List<string> wrong = [];
        foreach ((string path, bool namespaced, (string Method, string, int Role)[] methods) in paths)
        {
            foreach ((string method, _, int needed) in methods.Where(m => m.Method is not "TRACE"))
            {
                for (int role = Nobody; role < Roles.Length; role++)
                {
                    foreach (string bound in (string[])["shop", "*", "bank"])
                    {
                        using HttpClient http = server.Connect(role == Nobody ? "nobody" : $"{Roles[role]}/{bound}");
                        server.Touched.Clear();
                        using HttpResponseMessage response = await http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
                        bool expected = (role >= needed && (bound is "*" || (namespaced && bound is "shop"))) ||
                            (path.StartsWith(Root + "/functions", StringComparison.Ordinal) && needed == 0);
                        bool allowed = response.StatusCode is not HttpStatusCode.Forbidden;
                        if (allowed != expected || (!expected && !server.Touched.IsEmpty) || response.StatusCode is HttpStatusCode.Unauthorized)
                        {
                            wrong.Add($"{method} {path} as {role} in {bound}: {response.StatusCode}, should be {expected}");
                        }
                    }
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("/apis/kontinue.cloud/v1alpha1/namespaces/{ns}")]
    [InlineData("/apis/kontinue.cloud/v1alpha1/namespaces/{ns}/executions/{name}/journal/{entry}")]
    [InlineData("/apis/kontinue.cloud/v1alpha1/namespaces/{ns}/{resource}")]
    [InlineData("/apis/kontinue.cloud/v1alpha1/namespaces/{*ns}/executions")]
    [InlineData("/apis/kontinue.cloud/v1alpha1/namespaces/shop/executions")]
    [InlineData("/apis/kontinue.cloud/v1alpha1/executions/{name:int}")]
    [InlineData("/apis/kontinue.cloud/v1alpha1/executions/")]
    [InlineData("/apis/kontinue.cloud/v1alpha1/{**rest}")]
    public void Pattern_OfNoResource_IsForAdminsOfAllOnly(string pattern)
    {
        RequestAttributes request = RequestTarget.Of(pattern, new ApiGroup("kontinue.cloud")).Describe(Request("GET", "shop"));
        bool Allowed(string ns, AccessRole role) => new Caller("somebody", default, [new Grant(ns, role)]).MayDo(request);
        Assert.True(Allowed("*", AccessRole.Admin));
        Assert.False(Allowed("shop", AccessRole.Admin));
        if (request.Target.Kind == TargetKind.Unclassified)
        {
            Assert.False(Allowed("*", AccessRole.Operator));
        }
    }

    [Theory]
    [InlineData("/apis/kontinue.cloud/v1alpha1", true)]
    [InlineData("/apis", true)]
    [InlineData("/openapi/v3", true)]
    [InlineData("/version", true)]
    [InlineData("/healthz", true)]
    public void Pattern_WithoutResource_IsForAllToRead_AndForNobodyToChange(string pattern, bool readable)
    {
        var target = RequestTarget.Of(pattern, new ApiGroup("kontinue.cloud"));
        var nobody = new Caller("nobody", default, []);
        Assert.Equal(readable, nobody.MayDo(target.Describe(Request("GET", "shop"))));
        Assert.Equal(target.Kind == TargetKind.Health, nobody.MayDo(target.Describe(Request("POST", "shop"))));
    }

    [Theory]
    [InlineData("?watch=true", "watch")]
    [InlineData("?watch=1", "watch")]
    [InlineData("?watch", "watch")]
    [InlineData("?watch=false&watch=true", "watch")]
    [InlineData("?watch=False", "list")]
    [InlineData("?watch=0", "list")]
    [InlineData("?limit=5", "list")]
    public void Watch_IsTold_FromTheQuery(string query, string verb)
    {
        HttpRequest request = Request("GET", "shop");
        request.QueryString = new QueryString(query);
        var target = RequestTarget.Of(Root + "/namespaces/{ns}/executions", new ApiGroup("kontinue.cloud"));
        Assert.Equal(verb, target.Describe(request).Verb.Name());
    }

    private static HttpRequest Request(string method, string ns)
    {
        HttpRequest request = new DefaultHttpContext().Request;
        request.Method = method;
        request.RouteValues["ns"] = ns;
        request.RouteValues["name"] = "x";
        return request;
    }
}
