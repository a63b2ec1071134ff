using System.Text.Json.Nodes;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Cli.Tests;

public sealed class SiloTests : CliTest
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    public SiloTests()
    {
        Client.OnListSilos = () => Task.FromResult(new SiloList { Items = [Make("a", SiloPhase.Ready), Make("b", SiloPhase.Lost)] });
        Client.OnListFunctions = () => Task.FromResult(new FunctionList
        {
            Items =
            [
                Function("deploy", new FunctionSpec { WorkerGroup = "blue" }),
                Function("hello", new FunctionSpec { WorkerGroups = ["blue", "green"] }),
                Function("other", new FunctionSpec { WorkerGroup = "green" }),
            ],
        });
    }

    [Fact]
    public async Task Get_ShowsLoadLeaseAndVersion()
    {
        Assert.Equal(ExitCodes.Ok, await RunAsync("get", "silos"));
        Assert.Equal(["NAME", "GROUP", "STATUS", "EXECUTING", "RESIDENT", "LEASE", "VERSION", "AGE"], Words(Lines[0]));
        Assert.Equal(["a", "blue", "Ready", "3/10", "5"], Words(Lines[1])[..5]);
        Assert.Matches("^(59|60)m$", Words(Lines[1])[5]);
        Assert.Equal("1.2.3+01234567", Words(Lines[1])[6]);

        // One that is lost has no lease.
        Assert.Equal(["b", "blue", "Lost", "3/10", "5", "1.2.3+01234567"], Words(Lines[2])[..6]);
    }

    [Theory]
    [InlineData("get silos -o name", "silo/a\nsilo/b\n")]
    [InlineData("get silo a -o name", "silo/a\n")]
    public async Task Get_Names(string line, string expected)
    {
        Assert.Equal(ExitCodes.Ok, await RunAsync(line.Split(' ')));
        Assert.Equal(expected, Out);
    }

    [Fact]
    public async Task Get_Json_IsWhatTheApiHas()
    {
        Assert.Equal(ExitCodes.Ok, await RunAsync("get", "silos", "a", "-o", "json"));
        JsonNode silo = JsonNode.Parse(Out)!;
        Assert.Equal(("Silo", "Ready", 10), ((string?)silo["kind"], (string?)silo["status"]!["phase"], (int)silo["spec"]!["capacity"]!));
    }

    [Theory]
    [InlineData("get silos c")]
    [InlineData("describe silo c")]
    public async Task Unknown_NamesTheKnown(string line)
    {
        Assert.Equal(ExitCodes.Error, await RunAsync(line.Split(' ')));
        Assert.Equal("error: There is no silo 'c'. There are: a, b.\n", Error);
    }

    [Fact]
    public async Task NoSilos_AreSaid()
    {
        Client.OnListSilos = () => Task.FromResult(new SiloList { Items = [] });
        Assert.Equal(ExitCodes.Ok, await RunAsync("get", "silos"));
        Assert.Equal(("", "No silos found.\n"), (Out, Error));
    }

    [Fact]
    public async Task Describe_HasTheFunctionsOfTheGroup()
    {
        Assert.Equal(ExitCodes.Ok, await RunAsync("describe", "silo", "b"));
        Assert.Contains("Lost: its lease is over", Out, StringComparison.Ordinal);
        Assert.Contains("10 executions at once", Out, StringComparison.Ordinal);
        Assert.EndsWith("Functions of the group: deploy, hello\n", Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Functions_OfSeveralGroups_NameThem()
    {
        Assert.Equal(ExitCodes.Ok, await RunAsync("get", "functions"));
        Assert.Equal(["NAME", "DESCRIPTION", "GROUP"], Words(Lines[0]));
        Assert.Equal([["deploy", "blue"], ["hello", "blue,green"], ["other", "green"]], Lines[1..].Select(Words));
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static Function Function(string name, FunctionSpec spec) => new() { Metadata = new ObjectMetadata { Name = name }, Spec = spec };

    private static Silo Make(string name, SiloPhase phase) => new()
    {
        Metadata = new ObjectMetadata { Name = name, Uid = Guid.Parse("0198c0de-0000-7000-8000-000000000001"), CreationTimestamp = Now.AddHours(-3) },
        Spec = new SiloSpec { WorkerGroup = "blue", Version = "1.2.3+0123456789", Capacity = 10 },
        Status = new SiloStatus { Phase = phase, Executing = 3, Resident = 5, RenewedAt = Now, LeaseUntil = Now.AddHours(1) },
    };
}
