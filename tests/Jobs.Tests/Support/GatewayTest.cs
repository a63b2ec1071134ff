using Kontinue.Engine.Jobs;
using Xunit;

namespace Kontinue.Jobs.Tests.Support;

/// <summary>
/// A gateway under test, over what outlives it. A gateway supplies a way to make one over what outlives it, and a spec that runs a shell script which sees
/// <see cref="Folder"/> under the same path.
/// </summary>
public abstract class GatewayTest : IAsyncLifetime
{
    private IJobGateway _gateway = null!;

    /// <summary>A folder for jobs to write to, deleted after the test.</summary>
    protected string Folder { get; } = Directory.CreateTempSubdirectory("kontinue-jobs-").FullName;

    private protected Listener Listener { get; } = new();

    /// <summary>The silo whose jobs they are.</summary>
    protected const string Silo = "silo-1";

    /// <summary>A gateway that looks after its jobs' executions at least every second.</summary>
    protected abstract IJobGateway Connect();

    /// <summary>A job that runs a script.</summary>
    protected abstract JobSpec Shell(string script);

    private protected IJobGateway Gateway => _gateway;

    public async Task InitializeAsync()
    {
        _gateway = Connect();
        await _gateway.AttachAsync(Listener, CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        // What a test left running finds its folder gone, or sees this file.
        await File.WriteAllTextAsync(Path.Combine(Folder, "over"), "");
        await _gateway.DetachAsync(CancellationToken.None);
        Directory.Delete(Folder, recursive: true);
    }

    private protected async Task Reconnect()
    {
        await _gateway.DetachAsync(CancellationToken.None);
        await ConnectAgain();
    }

    private protected async Task<JobRequest> StartAsync(JobSpec spec, string function = "f", string silo = Silo)
    {
        JobRequest request = Request(spec, function, silo);
        await _gateway.StartAsync(request, CancellationToken.None);
        return request;
    }

    private protected static JobRequest Request(JobSpec spec, string function = "f", string silo = Silo)
    {
        var uid = Guid.NewGuid();
        return new JobRequest
        {
            Id = JobId.For(uid, "job", 1, 0), Kind = JobKind.Job, Name = "job", Execution = new ExecutionKey("default", $"x-{uid:N}"), ExecutionUid = uid,
            Function = function, Spec = spec, Silo = silo, RecordedAt = TimeProvider.System.GetUtcNow(),
        };
    }

    /// <summary>Shell code that leaves a mark.</summary>
    protected string Mark(string name) => $"echo x >> {FileOf(name)}";

    /// <summary>Shell code that waits until something is released, or the test is over.</summary>
    protected string Await(string name) => $"while test -d {Folder} -a ! -e {FileOf(name)} -a ! -e {FileOf("over")}; do sleep 0.05; done";

    protected int MarksOf(string name) => File.Exists(FileOf(name)) ? File.ReadAllLines(FileOf(name)).Length : 0;

    protected void Release(string name) => File.WriteAllText(FileOf(name), "");

    protected string FileOf(string name) => Path.Combine(Folder, name);

    private protected Task ConnectAgain()
    {
        _gateway = Connect();
        return _gateway.AttachAsync(Listener, CancellationToken.None);
    }
}
