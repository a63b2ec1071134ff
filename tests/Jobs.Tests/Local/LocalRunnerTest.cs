using Kontinue.Engine.Jobs;
using Kontinue.Jobs.Tests.Contract;
using Kontinue.Jobs.Tests.Support;

namespace Kontinue.Jobs.Tests.Local;

/// <summary>The local runner keeps the gateway's contract.</summary>
public sealed class LocalRunnerContractTests : JobGatewayContract
{
    private LocalGateway? _local;

    protected override IJobGateway Connect() => (_local ??= new LocalGateway(FileOf("state"))).Connect(Silo);

    protected override JobSpec Shell(string script) => LocalGateway.Shell(script);
}

/// <summary>A test of what is the local runner's own.</summary>
public abstract class LocalRunnerTest : GatewayTest
{
    private LocalGateway? _local;

    private LocalGateway Local => _local ??= new LocalGateway(State);

    private protected LocalJobsOptions Options => Local.Options;

    private protected ShiftedTime Time => Local.Time;

    protected string State => FileOf("state");

    protected override IJobGateway Connect() => Local.Connect(Silo);

    protected override JobSpec Shell(string script) => LocalGateway.Shell(script);

    protected string StateOf(JobId id) => Path.Combine(State, id.ToString());
}
