using System.Net;
using System.Net.Sockets;
using Kontinue.Cli.Serving;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Cli.Tests;

public sealed class CliTests : IAsyncLifetime
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private string _input = "";
    private ApiServer _server = null!;

    private FakeClient Client => _server.Client;

    public async Task InitializeAsync() => _server = await ApiServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("execute")]
    [InlineData("execute hello --timeout 5s")]
    [InlineData("execute hello --wait --timeout soon")]
    [InlineData("execute hello --args {")]
    [InlineData("execute hello --args @/does/not/exist")]
    [InlineData("execute hello -o yaml")]
    [InlineData("get executions --phase Done")]
    [InlineData("get executions --limit 0")]
    [InlineData("get executions --limit many")]
    [InlineData("bench hello --qps fast")]
    [InlineData("bench hello --max-concurrency 99999999999")]
    [InlineData("get")]
    [InlineData("get nonsense")]
    [InlineData("get executions -l a!=b,,c")]
    [InlineData("get executions --server ftp://x")]
    [InlineData("dev --urls nowhere")]
    [InlineData("dev --urls https://127.0.0.1:0")]
    [InlineData("dev --postgres=")]
    public async Task WrongUsage_Is2AndOneLineEach(string line)
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Contains("error: ", _error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal("", _out.ToString());
    }

    [Theory]
    [InlineData("get nonsense x", "error: 'kontinue get' has no 'nonsense'. Name one of: executions, suspensions, functions, silos.")]
    [InlineData("get", "error: 'kontinue get' alone does nothing. Name one of: executions, suspensions, functions, silos.")]
    [InlineData("get executions --limit many", "error: --limit: 'many' is not possible. Write a number.")]
    [InlineData("get executions --phase Done", "error: --phase: 'Done' is not possible. Use one of: Backoff, Canceled, Completed, Executing, Failed, Pending, Skipped, Suspended.")]
    [InlineData("completion tcsh", "error: Argument 'tcsh' not recognized. Must be one of: 'bash' 'zsh' 'fish' 'powershell'")]
    public async Task WrongUsage_SaysWhatIsRight(string line, string message)
    {
        await RunAsync(line.Split(' '));
        Assert.Equal(message, _error.ToString().Split('\n')[0]);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("execute --help")]
    [InlineData("dev --help")]
    public async Task Help_IsNoError(string line)
    {
        Assert.Equal(ExitCodes.Ok, await RunAsync(line.Split(' ')));
        Assert.Contains("Usage:", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_DocumentsExitCodes()
    {
        await RunAsync("--help");
        Assert.Contains("3 the execution failed", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Execute_PrintsTheName()
    {
        Execution? seen = null;
        Client.OnCreate = (e, _, _) => Task.FromResult(seen = FakeClient.Stored(e, ExecutionPhase.Pending));
        _input = """{"a": 1}""";
        Assert.Equal(ExitCodes.Ok, await RunAsync("execute", "hello", "--name", "x", "-n", "ns", "--args", "-"));
        Assert.Equal("execution x created\n", _out.ToString());
        Assert.Equal(("ns", "hello", """{"a":1}"""), (seen!.Metadata.Namespace, seen.Spec.Function, seen.Spec.Arguments.ToString()));
    }

    [Theory]
    [InlineData(ExecutionPhase.Completed, ExitCodes.Ok, "\"Grüße, 'world'\"\n", "")]
    [InlineData(ExecutionPhase.Failed, ExitCodes.Failed, "", "error: default/x failed (Execution): too cold\n")]
    [InlineData(ExecutionPhase.Canceled, ExitCodes.Canceled, "", "error: default/x was canceled.\n")]
    [InlineData(ExecutionPhase.Skipped, ExitCodes.Canceled, "", "error: default/x was skipped.\n")]
    public async Task Execute_Wait_ExitsByOutcome(ExecutionPhase phase, int code, string result, string error)
    {
        Client.OnCreate = (e, _, _) => Task.FromResult(FakeClient.Stored(e, ExecutionPhase.Executing));
        Client.OnWait = (key, _, _) => Task.FromResult(FakeClient.Make(
            key, phase,
            phase == ExecutionPhase.Completed ? JsonPayload.From("Grüße, 'world'") : default,
            phase == ExecutionPhase.Failed ? new ExecutionError(ErrorKind.Execution, "too\ncold", Retryable: false) : null));
        Assert.Equal(code, await RunAsync("execute", "hello", "--name", "x", "--wait"));
        Assert.Equal(result, _out.ToString());
        Assert.Equal(error, _error.ToString());
    }

    [Fact]
    public async Task Execute_WaitOver_Is5AndSaysHowToLook()
    {
        Client.OnWait = (key, _, _) => Task.FromResult(FakeClient.Make(key, ExecutionPhase.Suspended));
        Client.OnCreate = (e, _, _) => Task.FromResult(FakeClient.Stored(e, ExecutionPhase.Suspended));
        Client.OnGet = key => Task.FromResult(FakeClient.Make(key, ExecutionPhase.Suspended));
        Assert.Equal(ExitCodes.TimedOut, await RunAsync("execute", "hello", "--name", "x", "--wait", "--timeout", "50ms"));
        Assert.Contains("kontinue get executions x -n default", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Execute_Interrupted_SaysThatItGoesOn()
    {
        using var interrupt = new CancellationTokenSource();
        Client.OnCreate = (e, _, _) => Task.FromResult(FakeClient.Stored(e, ExecutionPhase.Executing));
        Client.OnWait = async (key, wait, token) =>
        {
            if (wait > TimeSpan.FromSeconds(5))
            {
                await interrupt.CancelAsync();
            }

            await Task.Delay(wait, token);
            return FakeClient.Make(key, ExecutionPhase.Executing);
        };
        Assert.Equal(ExitCodes.Interrupted, await RunAsync(interrupt.Token, "execute", "hello", "--name", "x", "--wait"));
        Assert.Contains("The execution goes on; see it with: kontinue get executions x -n default", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_List_IsATable()
    {
        Client.OnList = q => Task.FromResult(new ExecutionList
        {
            Items = [FakeClient.Make(new ExecutionKey(q.Selector.Namespace ?? "ns", "long-name-of-it"), q.Selector.Phases?.Single() ?? ExecutionPhase.Pending)],
        });
        Assert.Equal(ExitCodes.Ok, await RunAsync("get", "executions", "--phase", "failed", "-A"));
        string[] lines = _out.ToString().Split('\n');
        Assert.Equal(["NAMESPACE", "NAME", "FUNCTION", "PHASE", "ATTEMPTS", "AGE", "TOOK"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["ns", "long-name-of-it", "hello", "Failed", "1"], lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Get_List_ReadsAllPages()
    {
        Client.OnList = q => Task.FromResult(new ExecutionList
        {
            Items = [FakeClient.Make(new ExecutionKey("default", q.Continue ?? "a"), ExecutionPhase.Pending)],
            Metadata = new ListMetadata { Continue = q.Continue == "c" ? null : q.Continue == "b" ? "c" : "b" },
        });
        Assert.Equal(ExitCodes.Ok, await RunAsync("get", "executions"));
        Assert.Equal(5, _out.ToString().Split('\n').Length);
        Assert.Equal(ExitCodes.Ok, await RunAsync("get", "executions", "--limit", "2"));
        Assert.Contains("There are more", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_Unknown_Is1()
    {
        Assert.Equal(ExitCodes.Error, await RunAsync("get", "executions", "nobody"));
        Assert.Equal("error: Execution default/nobody does not exist.\n", _error.ToString());
    }

    [Fact]
    public async Task Actions_SendWhatWasSaid()
    {
        var seen = new List<string>();
        Client.OnResume = (key, suspension, payload) => Note($"resume {key} {suspension} {payload}");
        Client.OnCancel = (key, reason) => Note($"cancel {key} {reason}");
        Client.OnEvent = (key, name, payload) => Note($"event {key} {name} {payload}");
        Assert.Equal(ExitCodes.Ok, await RunAsync("resume", "x", "--suspension", "approval", "--payload", """{"ok":true}"""));
        Assert.Equal(ExitCodes.Ok, await RunAsync("cancel", "x", "-n", "ns", "--reason", "no need"));
        Assert.Equal(ExitCodes.Ok, await RunAsync("event", "x", "abort", "--payload", "\"now\""));
        Assert.Equal(["""resume default/x approval {"ok":true}""", "cancel ns/x no need", "event default/x abort \"now\""], seen);

        Task Note(string what)
        {
            seen.Add(what);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task ServerAway_SaysHowToStartOne()
    {
        await _server.StopAsync();
        Assert.Equal(ExitCodes.Error, await RunAsync("get", "executions"));
        Assert.Contains("kontinue dev", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerWithoutTls_SaysWhatToDo()
    {
        string address = _server.Address.AbsoluteUri.Replace("http:", "https:", StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Error, await RunAsync("get", "executions", "--server", address));
        string line = Assert.Single(_error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("--certificate-authority", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dev_PortInUse_IsOneLine()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string data = Directory.CreateTempSubdirectory("kontinue-cli-").FullName;
        try
        {
            int port = ((IPEndPoint)taken.LocalEndpoint).Port;
            Assert.Equal(ExitCodes.Error, await RunAsync("dev", "--urls", $"http://127.0.0.1:{port}", "--data", data));
            Assert.Contains("address already in use", Assert.Single(_error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task Dev_DataIsAFile_IsOneLine()
    {
        string file = Path.GetTempFileName();
        try
        {
            Assert.Equal(ExitCodes.Error, await RunAsync("dev", "--urls", "http://127.0.0.1:0", "--data", file));
            Assert.Contains(file, Assert.Single(_error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Dev_DataInUse_IsOneLine()
    {
        string data = Directory.CreateTempSubdirectory("kontinue-cli-").FullName;
        try
        {
            var store = new StoreSelection(data, null);
            store.Prepare();
            await using KontinueServer first = KontinueServer.Create(new ServerSettings { Addresses = ListenAddress.Parse("http://127.0.0.1:0"), Store = store });
            await first.StartAsync(CancellationToken.None);

            Assert.Equal(ExitCodes.Error, await RunAsync("dev", "--urls", "http://127.0.0.1:0", "--data", data));
            string line = Assert.Single(_error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.Contains("another process", line, StringComparison.Ordinal);
            Assert.Contains(data, line, StringComparison.Ordinal);
            await first.StopAsync();
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task Dev_DatabaseAway_IsOneLine()
    {
        Assert.Equal(ExitCodes.Error, await RunAsync("dev", "--urls", "http://127.0.0.1:0", "--postgres", "Host=127.0.0.1;Port=1;Username=nobody"));
        Assert.Contains("127.0.0.1:1", Assert.Single(_error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private Task<int> RunAsync(params string[] args) => RunAsync(CancellationToken.None, args);

    private async Task<int> RunAsync(CancellationToken interrupt, params string[] args)
    {
        var console = new CliConsole
        {
            Out = _out,
            Error = _error,
            In = new StringReader(_input),
            Environment = name => name == "KONTINUE_SERVER" ? _server.Address.AbsoluteUri : null,
        };
        return await CliApp.RunAsync(args, console, interrupt).WaitAsync(TimeSpan.FromSeconds(30));
    }
}
