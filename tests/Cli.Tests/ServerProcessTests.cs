using System.Net.Sockets;
using System.Text;
using Kontinue.Cli.Tests.Support;
using Kontinue.Client;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Cli.Tests;

/// <summary>One <c>kontinue server</c> on SQLite, as a process.</summary>
public sealed class ServerProcessTests : IDisposable
{
    private const string Ignored = "Interrupts are ignored by whoever started the tests, as in the background of a script, and so by what they start.";

    private readonly string _folder = Directory.CreateTempSubdirectory("kontinue-server-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableTheory]
    [InlineData(ServerProcess.Interrupt)]
    [InlineData(ServerProcess.Terminate)]
    public async Task Server_SaysWhatItIs_AndStopsInOrder(int signal)
    {
        Skip.If(signal == ServerProcess.Interrupt && ServerProcess.InterruptsAreIgnored, Ignored);
        await using (ServerProcess server = await StartAsync("--name", "one", "--group", "blue", "--lease", "90s", "--max-concurrent-executions", "12"))
        {
            Assert.StartsWith(
                $"""
                Kontinue server
                  API        {server.Url}
                  Access     everybody may do everything
                  Store      SQLite, {_folder}/kontinue.db
                  Silo       one of group blue, version 
                """, server.Banner, StringComparison.Ordinal);
            Assert.Contains("  Lease      1m30s\n  Capacity   12 executions at once\n  Functions  approval, ", server.Banner, StringComparison.Ordinal);

            Silo silo = Assert.Single((await server.Client.ListSilosAsync()).Items);
            Assert.Equal(("one", "blue", 12, SiloPhase.Ready), (silo.Metadata.Name, silo.Spec.WorkerGroup, silo.Spec.Capacity, silo.Status!.Phase));
            Assert.Equal("Hello, Ada!", await server.Client.ExecuteAsync<string>("hello", new { name = "Ada" }));
            await server.Client.StartAsync("approval", name: new ExecutionKey("default", "kept"));
            server.Signal(signal);
            Assert.Equal(ExitCodes.Ok, await server.ExitCodeAsync());
        }

        // The one before has stopped, so this one has its work at once, whatever the lease.
        await using ServerProcess next = await StartAsync("--name", "two", "--group", "blue");
        Assert.Equal(
            ["one Stopped", "two Ready"], (await next.Client.ListSilosAsync()).Items.Select(s => $"{s.Metadata.Name} {s.Status!.Phase}"));
        await next.Client.ResumeAsync(new ExecutionKey("default", "kept"), "approval", JsonPayload.Parse("""{"approved":true}"""));
        Execution ended = await next.Client.WaitAsync(new ExecutionKey("default", "kept"), TimeSpan.FromSeconds(30));
        Assert.Equal(ExecutionPhase.Completed, ended.Status!.Phase);
    }

    [SkippableFact]
    public async Task SecondSignal_StopsAtOnce()
    {
        Skip.If(ServerProcess.InterruptsAreIgnored, Ignored);
        await using ServerProcess server = await StartAsync();
        var address = new Uri(server.Url);

        // A request whose body does not come keeps the server from stopping for some seconds.
        using var slow = new TcpClient();
        await slow.ConnectAsync(address.Host, address.Port);
        await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            "POST /apis/kontinue.cloud/v1alpha1/namespaces/default/executions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" +
            "Content-Length: 100\r\nExpect: 100-continue\r\n\r\n"));

        // The answer says that the body is being waited for.
        byte[] answer = new byte[12];
        await slow.GetStream().ReadExactlyAsync(answer).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("HTTP/1.1 100", Encoding.ASCII.GetString(answer));
        server.Signal(ServerProcess.Terminate);
        await server.Stopping;
        server.Signal(ServerProcess.Interrupt);
        Assert.Equal(ExitCodes.Interrupted, await server.ExitCodeAsync());
    }

    private Task<ServerProcess> StartAsync(params string[] arguments) =>
        ServerProcess.StartAsync(new Dictionary<string, string>(), ["--data", _folder, "--samples", "--access", "readwrite", .. arguments]);
}
