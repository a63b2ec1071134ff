using System.Text;
using Kontinue.Api.Responses;

namespace Kontinue.Api.Endpoints;

/// <summary>Says what is served, in the form that Kubernetes clients ask for. It never changes, so it is written once.</summary>
internal sealed class DiscoveryEndpoints(ApiGroup group)
{
    public void Map(ApiPipeline pipeline)
    {
        string version = $$"""{"groupVersion":"{{group.ApiVersion}}","version":"{{ApiGroup.Version}}"}""";
        string entry = $$""" "name":"{{group.Name}}","versions":[{{version}}],"preferredVersion":{{version}}""";
        Serve("/api", """{"kind":"APIVersions","versions":[],"serverAddressByClientCIDRs":[]}""");
        Serve("/apis", $$"""{"kind":"APIGroupList","apiVersion":"v1","groups":[{{{entry}}}]}""".Replace("{ ", "{", StringComparison.Ordinal));
        Serve($"/apis/{group.Name}", $$"""{"kind":"APIGroup","apiVersion":"v1",{{entry}}}""");
        Serve(group.Root, $$"""
            {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"{{group.ApiVersion}}","resources":[
            {"name":"executions","singularName":"execution","namespaced":true,"kind":"Execution","verbs":["create","get","list"],"shortNames":["exec"],"categories":["kontinue"]},
            {"name":"executions/resume","singularName":"","namespaced":true,"kind":"Execution","verbs":["create"]},
            {"name":"executions/cancel","singularName":"","namespaced":true,"kind":"Execution","verbs":["create"]},
            {"name":"executions/events","singularName":"","namespaced":true,"kind":"Execution","verbs":["create"]},
            {"name":"executions/result","singularName":"","namespaced":true,"kind":"Execution","verbs":["get"]},
            {"name":"executions/journal","singularName":"","namespaced":true,"kind":"Execution","verbs":["get"]}]}
            """.ReplaceLineEndings(""));

        void Serve(string path, string json)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(json);
            pipeline.Map(path, context => Answer.BytesAsync(context, bytes));
        }
    }
}
