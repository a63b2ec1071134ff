using Kontinue.Cli.Tests.Support;
using Kontinue.Client;
using Kontinue.Resources;
using Kontinue.Testing.PostgreSql;
using Xunit;

namespace Kontinue.Cli.Tests;

/// <summary>Two <c>kontinue server</c> on one PostgreSQL behave as one.</summary>
public sealed class ServerClusterTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private PrivatePostgres? _postgres;
    private string _connection = "";

    public async Task InitializeAsync()
    {
        if (PrivatePostgres.TryFind(out _))
        {
            _postgres = await PrivatePostgres.StartNewAsync();
            _connection = await _postgres.CreateDatabaseAsync();
        }
    }

    public async Task DisposeAsync()
    {
        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task EachServer_SeesAndDoesTheSame()
    {
        Require();
        await using ServerProcess a = await StartAsync("a");
        await using ServerProcess b = await StartAsync("b");

        // Started through one, everything else through the other.
        ExecutionKey waiting = Key("waiting");
        await a.Client.StartAsync("approval", name: waiting);
        Assert.Equal("approval", (await b.Client.GetAsync(waiting)).Spec.Function);
        Task<Execution> ended = b.Client.WaitAsync(waiting, TimeSpan.FromSeconds(30));
        await UntilAsync(b, "it to wait", async () => (await b.Client.ListSuspensionsAsync(new ListQuery())).Items.Count == 1);
        await b.Client.ResumeAsync(waiting, "approval", JsonPayload.Parse("""{"approved":true,"by":"b"}"""));
        Assert.Equal((ExecutionPhase.Completed, """{"approved":true,"by":"b"}"""), Outcome(await ended));
        Assert.Equal((ExecutionPhase.Completed, """{"approved":true,"by":"b"}"""), Outcome(await a.Client.GetAsync(waiting)));

        await b.Client.StartAsync("sleep", new { @for = "1h" }, Key("asleep"));
        await a.Client.CancelAsync(Key("asleep"), "no need");
        Assert.Equal(ExecutionPhase.Canceled, (await b.Client.WaitAsync(Key("asleep"), TimeSpan.FromSeconds(30))).Status!.Phase);

        string[] lines = await SilosAsync(b);
        Assert.Equal(["a default Ready", "b default Ready"], lines[1..].Select(line => string.Join(' ', Words(line)[..3])));
    }

    [SkippableFact]
    public async Task KilledServer_IsLost_AndTheOtherGoesOn()
    {
        Require();
        await using ServerProcess a = await StartAsync("a", "--lease", "2s");
        await using ServerProcess b = await StartAsync("b", "--lease", "2s");
        for (int i = 0; i < 5; i++)
        {
            await a.Client.StartAsync("approval", name: Key($"x{i}"));
        }

        await UntilAsync(b, "all to wait", async () => (await b.Client.ListSuspensionsAsync(new ListQuery())).Items.Count == 5);
        await a.KillAsync();
        for (int i = 0; i < 5; i++)
        {
            await b.Client.ResumeAsync(Key($"x{i}"), "approval", JsonPayload.Parse("""{"approved":true}"""));
        }

        for (int i = 0; i < 5; i++)
        {
            Execution ended = await b.Client.WaitAsync(Key($"x{i}"), TimeSpan.FromSeconds(30));
            Assert.Equal((ExecutionPhase.Completed, "b"), (ended.Status!.Phase, ended.Status.Silo));
        }

        await UntilAsync(b, "a to be lost", async () => (await b.Client.ListSilosAsync()).Items[0].Status!.Phase == SiloPhase.Lost);
    }

    [SkippableFact]
    public async Task StoppedServer_HandsOverAtOnce()
    {
        Require();

        // Longer than anything here waits: what goes on does not go on because a lease has ended.
        await using ServerProcess a = await StartAsync("a", "--lease", "10m");
        await using ServerProcess b = await StartAsync("b", "--lease", "10m");
        await a.Client.StartAsync("approval", name: Key("kept"));
        await UntilAsync(b, "it to wait", async () => (await b.Client.ListSuspensionsAsync(new ListQuery())).Items.Count == 1);
        a.Signal(ServerProcess.Terminate);
        Assert.Equal(ExitCodes.Ok, await a.ExitCodeAsync());

        await b.Client.ResumeAsync(Key("kept"), "approval", JsonPayload.Parse("""{"approved":true}"""));
        Execution ended = await b.Client.WaitAsync(Key("kept"), TimeSpan.FromSeconds(30));
        Assert.Equal((ExecutionPhase.Completed, "b"), (ended.Status!.Phase, ended.Status.Silo));
        Assert.Equal(["a Stopped", "b Ready"], (await b.Client.ListSilosAsync()).Items.Select(s => $"{s.Metadata.Name} {s.Status!.Phase}"));
    }

    [SkippableFact]
    public async Task FunctionsOfBothGroups_AreOneList()
    {
        Require();
        await using ServerProcess a = await StartAsync("a", "--group", "blue");
        await using ServerProcess b = await StartAsync("b", "--group", "green");
        Function hello = (await b.Client.ListFunctionsAsync()).Items.Single(f => f.Metadata.Name == "hello");
        Assert.Equal(["blue", "green"], hello.Spec.Groups());

        // Which one is meant must be said; then it runs there, through whichever server it came.
        var asked = new Execution
        {
            Metadata = new ObjectMetadata { Name = "there" },
            Spec = new ExecutionSpec { Function = "hello", WorkerGroup = "blue", Mutex = new MutexSpec { Name = "m" } },
        };
        Execution ended = await b.Client.CreateAsync(asked, TimeSpan.FromSeconds(30));
        Assert.Equal((ExecutionPhase.Completed, "a"), (ended.Status!.Phase, ended.Status.Silo));
    }

    private static ExecutionKey Key(string name) => new("default", name);

    private static (ExecutionPhase, string) Outcome(Execution execution) => (execution.Status!.Phase, execution.Status.Result.ToString());

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static async Task UntilAsync(ServerProcess server, string waitingFor, Func<Task<bool>> holds)
    {
        using var deadline = new CancellationTokenSource(Deadline, TimeProvider.System);
        while (!await holds())
        {
            if (deadline.IsCancellationRequested)
            {
                throw new TimeoutException($"Waited {Deadline.TotalSeconds:F0} s at {server.Url} for {waitingFor}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private static void Require() => Skip.IfNot(PrivatePostgres.TryFind(out string reason), reason);

    private static async Task<string[]> SilosAsync(ServerProcess server)
    {
        var output = new StringWriter();
        var console = new CliConsole { Out = output, Error = TextWriter.Null, In = TextReader.Null };
        Assert.Equal(ExitCodes.Ok, await CliApp.RunAsync(["get", "silos", "--server", server.Url], console).WaitAsync(Deadline));
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The connection string goes by the environment, as it should where it has a password.</summary>
    private Task<ServerProcess> StartAsync(string name, params string[] more) => ServerProcess.StartAsync(
        new Dictionary<string, string> { ["KONTINUE_POSTGRES"] = _connection }, ["--name", name, "--samples", "--access", "readwrite", .. more]);
}
