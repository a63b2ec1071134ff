using System.Net;
using System.Net.Http.Json;
using Kontinue.Cli.Serving;
using Xunit;

namespace Kontinue.Cli.Tests;

/// <summary>The command line of <c>kontinue server</c>: what is wrong is said in a line, before anything is touched.</summary>
public sealed class ServerArgumentTests : CliTest, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kontinue-cli-server-").FullName;

    private string Data => Path.Combine(_folder, "data");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("", "error: Name the store: --postgres or $KONTINUE_POSTGRES for PostgreSQL, or --data for SQLite.")]
    [InlineData("--postgres ''", "error: --postgres is empty. Write one such as 'Host=localhost;Database=kontinue;Username=...'.")]
    [InlineData("--postgres nonsense", "error: --postgres is not a connection string.")]
    [InlineData("--postgres Hots=a;Password=geheim", "error: --postgres is not a connection string.")]
    [InlineData("--postgres Database=a", "error: --postgres names no host.")]
    [InlineData("--data ''", "error: --data is empty. Name a folder.")]
    [InlineData("--postgres Host=a --data {0}", "error: --data and --postgres name two stores. Give one of them.")]
    [InlineData("--data {0} --name a.b", "error: --name: 'a.b' is not the name of a silo. Use a DNS label")]
    [InlineData("--data {0} --name ''", "error: --name: '' is not the name of a silo.")]
    [InlineData("--data {0} --name A", "error: --name: 'A' is not the name of a silo.")]
    [InlineData("--data {0} --group ''", "error: --group: '' is not the name of a worker group.")]
    [InlineData("--data {0} --group=", "error: Required argument missing for option: '--group'.")]
    [InlineData("--data {0} --group a/b", "error: --group: 'a/b' is not the name of a worker group.")]
    [InlineData("--data {0} --lease 999ms", "error: --lease: 999ms is too short: it must be at least 1s.")]
    [InlineData("--data {0} --lease soon", "error: --lease: 'soon' is not a duration.")]
    [InlineData("--data {0} --max-concurrent-executions 0", "error: --max-concurrent-executions must be at least 1.")]
    [InlineData("--data {0} --max-concurrent-executions many", "error: --max-concurrent-executions: 'many' is not possible. Write a number.")]
    [InlineData("--data {0} --urls nowhere", "error: 'nowhere' is not an address to listen at.")]
    [InlineData("--data {0} --access tokens", "error: --access tokens needs --tokens-file.")]
    public async Task WrongArguments_AreOneLine(string line, string message)
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync(Arguments(line)));
        Assert.StartsWith(message, Error, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", Error, StringComparison.Ordinal);
        Assert.Equal("", Out);
        Assert.False(Directory.Exists(Data));
    }

    [Theory]
    [InlineData("", "", "error: $KONTINUE_POSTGRES is empty.")]
    [InlineData("Password=geheim;x", "", "error: $KONTINUE_POSTGRES is not a connection string.")]
    [InlineData("Host=a", "--data {0}", "error: --data and $KONTINUE_POSTGRES name two stores.")]
    public async Task WrongVariable_IsNamedAndNotRepeated(string variable, string line, string message)
    {
        Variables["KONTINUE_POSTGRES"] = variable;
        Assert.Equal(ExitCodes.Usage, await RunAsync(Arguments(line)));
        Assert.StartsWith(message, Error, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DatabaseAway_IsOneLine()
    {
        Variables["KONTINUE_POSTGRES"] = "Host=127.0.0.1;Port=1;Username=nobody;Password=geheim";
        Assert.Equal(ExitCodes.Error, await RunAsync("server", "--name", "a", "--urls", "http://127.0.0.1:0"));
        Assert.Contains("127.0.0.1:1", Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=db;Database=kontinue;Password=geheim", "PostgreSQL, database kontinue at db")]
    [InlineData("Server=db,other;Password=geheim", "PostgreSQL, at db,other")]
    public void Store_IsDescribedWithoutItsPassword(string connection, string described) =>
        Assert.Equal(described, StoreSelection.Of("", connection, "--postgres").Describe());

    /// <summary>Also on loopback, where the development server would let everybody do everything.</summary>
    [Fact]
    public async Task Server_IsReadOnly_HasNoSamples_AndIsTheSiloThatWasSaid()
    {
        var store = new StoreSelection(Data, PostgreSql: null);
        store.Prepare();
        var command = new System.CommandLine.Command("server");
        var access = new AccessFlags(command, Api.Access.AccessMode.ReadOnly);
        IReadOnlyList<ListenAddress> addresses = ListenAddress.Parse("http://127.0.0.1:0");
        await using KontinueServer server = KontinueServer.Create(new ServerSettings
        {
            Addresses = addresses, Store = store, Access = access.Read(command.Parse([]), addresses),
            Silo = new SiloSettings("one", "blue", TimeSpan.FromSeconds(7), 11),
        });
        await server.StartAsync(CancellationToken.None);
        Assert.Empty(server.Functions);
        Assert.Equal(
            ("one", "blue", TimeSpan.FromSeconds(7), 11),
            (server.Options.SiloName, server.Options.WorkerGroup, server.Options.Lease, server.Options.MaxConcurrentExecutions));
        using var http = new HttpClient { BaseAddress = new Uri(server.Urls[0]) };
        HttpResponseMessage response = await http.PostAsJsonAsync(
            "/apis/kontinue.cloud/v1alpha1/namespaces/default/executions", new { metadata = new { name = "x" }, spec = new { function = "noop" } });
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        await server.StopAsync();
    }

    private string[] Arguments(string line) =>
        ["server", .. string.Format(line, Data).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word is "''" ? "" : word)];
}
