using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Cli.Tests;

public sealed class ExecuteTests : CliTest
{
    private const string Schema = """
        {"type":"object","required":["count","mode"],"properties":{
          "note":{"type":["string","null"],"description":"For people"},
          "count":{"type":"integer"},
          "mode":{"enum":["fast","safe"],"default":"safe"},
          "dry":{"type":"boolean"},
          "map":{"type":"object"},
          "rate":{"$ref":"#/$defs/rate"}},
         "$defs":{"rate":{"type":"number"}}}
        """;

    private Execution? _created;

    public ExecuteTests()
    {
        Client.OnCreate = (e, _, _) => Task.FromResult(_created = FakeClient.Stored(e, ExecutionPhase.Pending));
        Client.OnListFunctions = () => Task.FromResult(new FunctionList
        {
            Items =
            [
                new Function { Metadata = new ObjectMetadata { Name = "deploy" }, Spec = new FunctionSpec { Arguments = JsonPayload.Parse(Schema) } },
                new Function { Metadata = new ObjectMetadata { Name = "noop" }, Spec = new FunctionSpec() },
                new Function
                {
                    Metadata = new ObjectMetadata { Name = "choose" },
                    Spec = new FunctionSpec { Arguments = JsonPayload.Parse("""{"properties":{"text":{"enum":["1","2"]},"number":{"enum":[1,2]}}}""") },
                },
            ],
        });
    }

    [Fact]
    public async Task Args_OfAFile_AreReadAsTheyAre()
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, """
                {"text": "two words # and more"}
                """);
            Assert.Equal(ExitCodes.Ok, await RunAsync("execute", "hello", "--name", "x", "--args", "@" + file));
        }
        finally
        {
            File.Delete(file);
        }

        Assert.Equal("""{"text":"two words # and more"}""", _created!.Spec.Arguments.ToString());
    }

    [Theory]
    [InlineData("-p a=1 -p b=text -p c=true", """{"a":1,"b":"text","c":true}""")]
    [InlineData("-p a={\"b\":[1]} -p e=", """{"a":{"b":[1]},"e":""}""")]
    [InlineData("-p a=\"1\" -p b=x=y", """{"a":"1","b":"x=y"}""")]
    [InlineData("--args {\"a\":1,\"z\":2} -p a=3", """{"a":3,"z":2}""")]
    public async Task Parameters_AreJoined(string options, string arguments)
    {
        Assert.Equal(ExitCodes.Ok, await RunAsync(["execute", "hello", .. options.Split(' ')]));
        Assert.Equal(arguments, _created!.Spec.Arguments.ToString());
    }

    /// <summary>What could be JSON is a text where only that fits; everywhere else it stays what it was.</summary>
    [Theory]
    [InlineData("-p note=7", """{"note":"7"}""")]
    [InlineData("-p note=true", """{"note":"true"}""")]
    [InlineData("-p note={}", """{"note":"{}"}""")]
    [InlineData("-p note=null", """{"note":null}""")]
    [InlineData("-p note=\"7\"", """{"note":"7"}""")]
    [InlineData("-p count=7 -p map={} -p dry=true", """{"count":7,"map":{},"dry":true}""")]
    [InlineData("-p count=true -p unknown=1", """{"count":true,"unknown":1}""")]
    [InlineData("-p text=1 -p number=2", """{"text":"1","number":2}""", "choose")]
    public async Task Parameters_FollowTheSchema(string options, string arguments, string function = "deploy")
    {
        Assert.Equal(ExitCodes.Ok, await RunAsync(["execute", function, .. options.Split(' ')]));
        Assert.Equal(arguments, _created!.Spec.Arguments.ToString());
    }

    [Fact]
    public async Task Parameters_WithoutASchema_AreWhatTheyLookLike()
    {
        Client.OnListFunctions = () => throw new AccessDeniedException("You may not.");
        Assert.Equal(ExitCodes.Ok, await RunAsync("execute", "deploy", "-p", "note=7"));
        Assert.Equal("""{"note":7}""", _created!.Spec.Arguments.ToString());
    }

    [Fact]
    public async Task Queueing_IsWhatTheCommandLineSays()
    {
        Assert.Equal(ExitCodes.Ok, await RunAsync("execute", "hello", "--mutex", "db", "--priority", "1", "--concurrency-key", "customer 7", "--group", "blue"));
        ExecutionSpec spec = _created!.Spec;
        Assert.Equal(("db", 1, "customer 7", "blue"), (spec.Mutex!.Name, spec.Priority, spec.ConcurrencyKey, spec.WorkerGroup));
        Assert.Equal(ExitCodes.Ok, await RunAsync("execute", "hello"));
        Assert.Equal(new ExecutionSpec { Function = "hello" }, _created.Spec);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("6")]
    [InlineData("high")]
    public async Task Priority_OutOfRange_IsRefused(string priority)
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync("execute", "hello", "--priority", priority));
        Assert.Contains("--priority", Assert.Single(Error.Split('\n'), l => l.StartsWith("error:", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("execute hello -p a", "is no pair")]
    [InlineData("execute hello -p =a", "is no pair")]
    [InlineData("execute hello -p a=1 -p a=2", "twice")]
    [InlineData("execute hello --args [1] -p a=2", "no JSON object")]
    [InlineData("execute deploy --interactive", "no terminal")]
    public async Task WrongArguments_SayWhatIsRight(string line, string message)
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync(line.Split(' ')));
        Assert.Contains(message, Error, StringComparison.Ordinal);
        Assert.Null(_created);
    }

    [Fact]
    public async Task Interactive_AsksForWhatMustBeGivenFirst()
    {
        // Wrong answers are asked again: a text for a number, no choice, no object.
        Typed = ["many", "3", "slow", "", "", "maybe", "yes", "[]", """{"k":1}""", "0.5"];
        Assert.Equal(ExitCodes.Ok, await RunAsync("execute", "deploy", "--interactive"));
        Assert.Equal("""{"count":3,"mode":"safe","dry":true,"map":{"k":1},"rate":0.5}""", _created!.Spec.Arguments.ToString());
        Assert.Contains("'many' is no integer.", Error, StringComparison.Ordinal);
        Assert.Contains("'slow' is none of fast, safe.", Error, StringComparison.Ordinal);
        Assert.Contains("For people", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interactive_AsksOnlyForWhatIsNotGiven()
    {
        Typed = ["fast", "a word", "", "", ""];
        Assert.Equal(ExitCodes.Ok, await RunAsync("execute", "deploy", "-i", "-p", "count=7"));
        Assert.Equal("""{"count":7,"mode":"fast","note":"a word"}""", _created!.Spec.Arguments.ToString());
    }

    [Fact]
    public async Task Interactive_NoArguments_AsksNothing()
    {
        Typed = [];
        Assert.Equal(ExitCodes.Ok, await RunAsync("execute", "noop", "-i"));
        Assert.Equal(ExitCodes.Error, await RunAsync("execute", "nope", "-i"));
        Assert.Contains("It knows: deploy, noop, choose.", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_IsWhatTheCommandLineSays()
    {
        Variables["KONTINUE_NAMESPACE"] = "env";
        await RunAsync("execute", "hello", "--server", "https://far.example/prefix", "--token", "t", "--insecure-skip-tls-verify");
        Assert.Equal((new Uri("https://far.example/prefix"), "env", "t", true), (Connection!.Server, Connection.Namespace, Connection.User!.Token, Connection.InsecureSkipTlsVerify));
        Assert.Equal("env", _created!.Metadata.Namespace);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(410)]
    [InlineData(429)]
    [InlineData(409)]
    public async Task Errors_SayWhatToDo(int code)
    {
        (Exception exception, string way) = code switch
        {
            401 or 403 => ((Exception)new AccessDeniedException("You may not."), "--token-file"),
            410 => (new VersionExpiredException("Too old."), "Run the command again"),
            429 => (new TooManyRequestsException("Too many.", TimeSpan.FromSeconds(7)), "Try again in 7s"),
            _ => (new ExecutionAlreadyExistsException(new ExecutionKey("default", "x"), Guid.Empty), "another --name"),
        };
        Client.OnCreate = (_, _, _) => throw exception;
        Assert.Equal(ExitCodes.Error, await RunAsync("execute", "hello"));
        Assert.Contains(way, Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
