using System.Diagnostics;
using Kontinue.Cli.Completion;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Cli.Tests;

public sealed class CompletionTests : CliTest
{
    public static TheoryData<string> Shells => [.. CompletionScript.All.Keys];

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task Scripts_ArePrinted(string shell)
    {
        Assert.Equal(ExitCodes.Ok, await RunAsync("completion", shell));
        Assert.Contains("[suggest:", Out, StringComparison.Ordinal);
        Assert.Contains($"kontinue completion {shell}", Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownShell_NamesTheKnown()
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync("completion", "tcsh"));
        Assert.Contains("powershell", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_ComeFromTheServer()
    {
        Stored(Make("first", ExecutionPhase.Pending), Make("other", ExecutionPhase.Pending, "ns"));
        Client.OnListFunctions = () => Task.FromResult(new FunctionList
        {
            Items = [new Function { Metadata = new ObjectMetadata { Name = "deploy" }, Spec = new FunctionSpec() }],
        });
        Assert.Contains("first", await Suggest("cancel "));
        Assert.Contains("other", await Suggest("cancel -n ns "));
        Assert.Contains("deploy", await Suggest("execute "));
        Assert.Contains("deploy", await Suggest("get executions --function "));
        Assert.Contains("Failed", await Suggest("get executions --phase "));
        Assert.Contains("events", await Suggest("ev"));
        Client.OnListSilos = () => Task.FromResult(new SiloList
        {
            Items = [new Silo { Metadata = new ObjectMetadata { Name = "east" }, Spec = new SiloSpec { WorkerGroup = "default" } }],
        });
        Assert.Contains("east", await Suggest("get silos "));
    }

    /// <summary>A word is not finished before there is a space behind it, also one that is a command as it stands.</summary>
    [Theory]
    [InlineData("get exec", "exec execution executions")]
    [InlineData("get executions", "executions")]
    [InlineData("event", "event events")]
    [InlineData("describe silo", "silo silos")]
    public async Task WholeWords_AreCompleted(string line, string expected) => Assert.Equal(expected.Split(' '), await Suggest(line));

    [Fact]
    public async Task WordBehindACommand_IsItsOwn()
    {
        Stored(Make("exec", ExecutionPhase.Pending));
        Assert.Contains("exec", await Suggest("get exec exec"));
        Assert.Contains("executions", await Suggest("get "));
        Assert.Contains("--all-namespaces", await Suggest("get exec --all"));
    }

    [Fact]
    public async Task ServerAway_OffersNothingAndSaysNothing()
    {
        Client.OnList = _ => throw new UnavailableException("away");
        Assert.DoesNotContain("first", await Suggest("cancel "));
        Assert.Equal("", Error);
    }

    [Fact]
    public async Task Bash_CompletesWithTheScript()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        server.Client.OnList = _ => Task.FromResult(new ExecutionList { Items = [Make("kept", ExecutionPhase.Pending), Make("other", ExecutionPhase.Pending)] });
        Assert.Equal(["kept"], await BashAsync(server, "cancel ke", "ke"));
        Assert.Equal(["execution", "executions"], await BashAsync(server, "get executi", "executi"));
        Assert.Equal(["event", "events"], await BashAsync(server, "even", "even"));
        Assert.Equal(["exec", "execution", "executions"], await BashAsync(server, "get exec", "exec"));
    }

    private async Task<string[]> Suggest(string line)
    {
        int before = Lines.Length;
        Assert.Equal(ExitCodes.Ok, await RunAsync($"[suggest:{line.Length}]", line));
        return Lines[before..];
    }

    private static async Task<string[]> BashAsync(ApiServer server, string line, string current)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "kontinue");
        string whole = $"{program} {line}";
        string script = $"""
            {CompletionScript.All["bash"]}
            COMP_LINE='{whole}'
            COMP_POINT={whole.Length}
            COMP_WORDS=({whole})
            COMP_CWORD=$(( {whole.Split(' ').Length} - 1 ))
            [[ "$(complete -p kontinue)" == *_kontinue_complete* ]] || exit 9
            _kontinue_complete
            printf '%s\n' "{"${COMPREPLY[@]}"}"
            """;
        var start = new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["KONTINUE_SERVER"] = server.Address.AbsoluteUri;
        using Process bash = Process.Start(start)!;
        string output = await bash.StandardOutput.ReadToEndAsync().WaitAsync(Deadline);
        string error = await bash.StandardError.ReadToEndAsync().WaitAsync(Deadline);
        await bash.WaitForExitAsync().WaitAsync(Deadline);
        Assert.True(bash.ExitCode == 0, $"exit code {bash.ExitCode} for '{line}' ({current}): {error}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
