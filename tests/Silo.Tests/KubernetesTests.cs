using System.Diagnostics;
using Kontinue.Resources;
using Kontinue.Silo.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Kontinue.Silo.Tests;

/// <summary>Silos that are told of each other's pods, as in Kubernetes.</summary>
[Collection(DatabaseCollection.Name)]
public sealed class KubernetesTests(Database databases, ITestOutputHelper output)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [SkippableFact]
    public async Task A_silo_whose_pod_is_deleted_is_dead_before_any_probe_has_failed()
    {
        string database = await databases.NewAsync();
        await using var pods = new PodsApi("kontinue-0", "kontinue-1");
        await using SiloProcess zero = Launch(database, "kontinue-0", pods);
        await using SiloProcess one = Launch(database, "kontinue-1", pods);
        await Task.WhenAll(zero.StartedAsync(), one.StartedAsync());
        Assert.Equal(["kontinue-0 Ready", "kontinue-1 Ready"], await SilosAsync(zero));

        // It stands still: with these probes nobody would notice for minutes.
        var key = new ExecutionKey(ExecutionKey.DefaultNamespace, "asked");
        await one.Client.CreateAsync(
            new Execution { Metadata = new ObjectMetadata { Name = key.Name }, Spec = new ExecutionSpec { Function = "approval" } }, TimeSpan.Zero);
        await UntilAsync(async () => (await one.Client.GetAsync(key)).Status!.Phase == ExecutionPhase.Suspended, () => $"It does not wait:\n{one.Output}");
        one.Signal(SiloProcess.Stop);
        long begun = Stopwatch.GetTimestamp();
        pods.Delete("kontinue-1");
        await UntilAsync(
            async () => (await SilosAsync(zero))[1] == "kontinue-1 Stopped", () => $"The silo of the deleted pod is still taken for alive:\n{zero.Output}");
        output.WriteLine($"Given up {Stopwatch.GetElapsedTime(begun).TotalMilliseconds:F0} ms after its pod was deleted.");
        await zero.Client.ResumeAsync(key, "approval", JsonPayload.Parse("""{"approved":true}"""));
        Assert.Equal(ExecutionPhase.Completed, (await zero.Client.WaitAsync(key, Deadline)).Status!.Phase);

        // What a silo may ask: deploy/k8s/base/service-account.yaml gives these rights and no others.
        Assert.Equal(["get", "list", "watch"], pods.Verbs);
    }

    private static async Task UntilAsync(Func<Task<bool>> holds, Func<string> trouble)
    {
        using var deadline = new CancellationTokenSource(Deadline, TimeProvider.System);
        while (!await holds())
        {
            Assert.False(deadline.IsCancellationRequested, trouble());
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    private static SiloProcess Launch(string database, string name, PodsApi pods) => SiloProcess.Launch(
        database, name, "Kontinue:Silo:Clustering=Kubernetes", "Kontinue:Membership:ProbeTimeout=30s", "Kontinue:Membership:MaxProbeTimeout=1m",
        $"Kontinue:Silo:Functions:0={typeof(PodsApiModule).Assembly.Location}", "Kontinue:Engine:Lease=2m", $"{PodsApiModule.Variable}={pods.Url}",
        "KUBERNETES_SERVICE_HOST=127.0.0.1", $"POD_NAME={name}", $"POD_NAMESPACE={PodsApi.Namespace}", "POD_IP=127.0.0.1");

    private static async Task<string[]> SilosAsync(SiloProcess silo) =>
        [.. (await silo.Client.ListSilosAsync()).Items.Select(s => $"{s.Metadata.Name} {s.Status!.Phase}").Order(StringComparer.Ordinal)];
}
