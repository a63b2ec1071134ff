using Kontinue.Kubectl.Tests.Support;
using Xunit;

namespace Kontinue.Kubectl.Tests;

/// <summary>Silos, and what executions wait for before they start, with the real kubectl.</summary>
public sealed class QueueingTests(DevelopmentServer server) : IClassFixture<DevelopmentServer>
{
    [SkippableFact]
    public async Task Silos_AreShownWithTheirLoad()
    {
        string[] lines = (await RunAsync("kubectl get silos")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["NAME", "GROUP", "STATUS", "EXECUTING", "RESIDENT", "LEASE", "VERSION", "AGE"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Matches("^[^ ]+ +default +Ready +[0-9]+/2000 +[0-9]+ +[0-9]+s +[^ ]+ +[0-9]+[sm]", lines[1]);
        string name = lines[1].Split(' ')[0];
        Assert.Equal($"silo.kontinue.cloud/{name}\n", (await RunAsync("kubectl get silos -o name")).Output);
        Assert.Matches("Worker Group: +default", (await RunAsync($"kubectl describe silo {name}")).Output);
        Assert.Equal("Ready", (await RunAsync($"kubectl wait silo/{name} --for=jsonpath='{{.status.phase}}'=Ready --timeout=30s && " +
            $"kubectl get silo {name} -o jsonpath='{{.status.phase}}'")).Output.Split('\n')[^1]);
        Assert.Contains("MethodNotAllowed", (await server.Shell.RunAsync($"kubectl delete silo {name}")).Failed().Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task ManifestWithAMutex_IsAppliedAndCompletes()
    {
        const string Manifest = """
            <<'EOF'
            apiVersion: kontinue.cloud/v1alpha1
            kind: Execution
            metadata: {name: locked}
            spec:
              function: hello
              arguments: {name: Ada}
              mutex: {name: db}
              priority: 1
              concurrencyKey: customer-7
            EOF
            """;
        Assert.Equal("execution.kontinue.cloud/locked created\n", (await RunAsync($"kubectl apply -f - {Manifest}")).Output);
        Assert.Equal("execution.kontinue.cloud/locked unchanged\n", (await RunAsync($"kubectl apply -f - {Manifest}")).Output);
        await RunAsync("kubectl wait execution/locked --for=jsonpath='{.status.phase}'=Completed --timeout=30s");
        ShellResult changed = await server.Shell.RunAsync("kubectl patch execution locked --type merge -p '{\"spec\":{\"mutex\":{\"name\":\"other\"}}}'");
        Assert.Contains("spec.mutex: cannot be changed after creation", changed.Failed().Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Mutex_LetsOneInAtATime_AndSaysWhoHasIt()
    {
        await CreateAsync("first");
        await RunAsync("kubectl wait execution/first --for=jsonpath='{.status.phase}'=Suspended --timeout=30s");
        await CreateAsync("second");
        await RunAsync("kubectl wait execution/second --for=condition=MutexHeld --timeout=30s");
        Assert.Matches("MutexHeld.*first", (await RunAsync("kubectl get execution second -o wide")).Output);
        await RunAsync("kubectl delete execution first --wait=false");
        await RunAsync("kubectl wait execution/second --for=jsonpath='{.status.phase}'=Suspended --timeout=30s");

        Task<ShellResult> CreateAsync(string name) => RunAsync(
            $"echo '{{\"apiVersion\":\"kontinue.cloud/v1alpha1\",\"kind\":\"Execution\",\"metadata\":{{\"name\":\"{name}\"}}," +
            "\"spec\":{\"function\":\"approval\",\"mutex\":{\"name\":\"one\"}}}' | kubectl create -f -");
    }

    private async Task<ShellResult> RunAsync(string command)
    {
        DevelopmentServer.Require();
        return (await server.Shell.RunAsync(command)).Succeeded();
    }
}
