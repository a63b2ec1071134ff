using Kontinue.Engine.Hosting;

namespace Kontinue.Samples.Deployment;

/// <summary>Rolls a cluster to a version: upgrades all nodes at once, lets them settle, asks a person, and watches for an abort.</summary>
public static class DeployCluster
{
    /// <summary>Registers both functions.</summary>
    public static KontinueBuilder Register(KontinueBuilder builder) => builder
        .AddFunction<DeployArguments, DeployResult>("deploy-cluster", RunAsync, f => f.Description = "Rolls a cluster to a version")
        .AddFunction<NodeArguments, NodeResult>("upgrade-node", UpgradeAsync, f => f.Description = "Upgrades one node; part of deploy-cluster");

    private static async Task<DeployResult> RunAsync(KontinueContext ktx, DeployArguments args)
    {
        // Read once: the plan that was approved is the plan that runs, whatever happens to the file.
        Plan plan = await ktx.Step("plan", () => Plan.Read(args.Plan));
        NodeResult[] nodes = await Task.WhenAll(plan.Nodes.Select(node =>
            ktx.Execute<NodeResult>("upgrade-node", new NodeArguments { Node = node, Version = plan.Version })));
        await ktx.Sleep(plan.Settle, "settle");

        Approval approval;
        try
        {
            approval = await ktx.Suspend<Approval>(
                "approval", plan.ApprovalTimeout, $"Keep {plan.Cluster} at {plan.Version}? Resume with {{\"approved\": true, \"by\": \"...\"}}.");
        }
        catch (DurableTimeoutException)
        {
            approval = new Approval { Approved = false, By = "nobody in time" };
        }

        if (approval is not { Approved: true })
        {
            return new DeployResult(plan.Cluster, plan.Version, "rejected", approval?.By, nodes);
        }

        Task<string> abort = ktx.Event<string>("abort");
        Task watched = ktx.Sleep(plan.Watch, "watch");
        return await Task.WhenAny(abort, watched) == abort
            ? new DeployResult(plan.Cluster, plan.Version, "aborted", await abort, nodes)
            : new DeployResult(plan.Cluster, plan.Version, "deployed", approval.By, nodes);
    }

    private static async Task<NodeResult> UpgradeAsync(KontinueContext ktx, NodeArguments args)
    {
        await ktx.Step("drain", () => { });
        string version = await ktx.Step("upgrade", () => args.Version);
        return new NodeResult(args.Node, version, ktx.UtcNow);
    }
}
