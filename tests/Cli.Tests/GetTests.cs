using System.Text.Json.Nodes;
using Kontinue.Client;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Cli.Tests;

public sealed class GetTests : CliTest
{
    [Theory]
    [InlineData("--phase Failed", "b")]
    [InlineData("--phase failed --phase canceled", "b,c")]
    [InlineData("--field-selector status.phase=Canceled", "c")]
    [InlineData("--field-selector status.phase!=Canceled,status.phase!=Failed", "a")]
    [InlineData("--field-selector metadata.name=a", "a")]
    [InlineData("--field-selector spec.function==hello,metadata.name=b", "b")]
    [InlineData("--function other", "")]
    [InlineData("-A", "a,b,c,d")]
    [InlineData("-n ns", "d")]
    public async Task Selectors_Select(string options, string names)
    {
        Stored(Make("a", ExecutionPhase.Executing), Make("b", ExecutionPhase.Failed), Make("c", ExecutionPhase.Canceled), Make("d", ExecutionPhase.Pending, "ns"));
        Assert.Equal(ExitCodes.Ok, await RunAsync(["get", "executions", "-o", "name", .. options.Split(' ')]));
        Assert.Equal(names, string.Join(',', Lines.Select(l => l["execution/".Length..])));
    }

    [Theory]
    [InlineData("get executions --field-selector status.phase", "cannot be understood")]
    [InlineData("get executions --field-selector status.phase=Done", "Phases: Pending")]
    [InlineData("get executions --field-selector spec.color=red", "Fields: metadata.name")]
    [InlineData("get executions --field-selector spec.function!=x", "only status.phase")]
    [InlineData("get executions --field-selector status.phase=Failed --phase Pending", "exclude each other")]
    [InlineData("get executions --field-selector spec.function=a --function b", "exclude each other")]
    [InlineData("get executions x --phase Pending", "exclude each other")]
    [InlineData("get executions -o xml", "xml")]
    public async Task WrongSelectors_SayWhatIsRight(string line, string message)
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync(line.Split(' ')));
        Assert.Contains(message, Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parent_IsLookedUp()
    {
        ListQuery? seen = null;
        Client.OnGet = key => Task.FromResult(FakeClient.Make(key, ExecutionPhase.Executing));
        Client.OnList = q => Task.FromResult(new ExecutionList { Items = [.. Enumerable.Empty<Execution>().Take((seen = q).Limit)] });
        Assert.Equal(ExitCodes.Ok, await RunAsync("get", "executions", "--parent", "p"));
        Assert.Equal(Make("p", ExecutionPhase.Executing).Metadata.Uid, seen!.Selector.ParentUid);
        Assert.Equal("No executions found in namespace default.\n", Error);
    }

    [Fact]
    public async Task Wide_ShowsWhy()
    {
        Stored(FakeClient.Make(new ExecutionKey("default", "x"), ExecutionPhase.Failed, default, new ExecutionError(ErrorKind.Timeout, "too\nlate", Retryable: false)));
        await RunAsync("get", "executions", "-o", "wide");
        Assert.EndsWith("REASON", Lines[0]);
        Assert.EndsWith("Timeout: too late", Lines[1]);
    }

    [Fact]
    public async Task Yaml_ReadsBackAsTheSame()
    {
        const string Result = """{"text":"yes","number":"012","lines":"a\nb\n","empty":"","list":[],"map":{},"nested":[{"a":1.5,"b":null,"c":true}],"odd":": #\t'\"","date":"2020-01-01","key: x":"-"}""";
        Stored(FakeClient.Make(new ExecutionKey("default", "x"), ExecutionPhase.Completed, JsonPayload.Parse(Result)));
        await RunAsync("get", "executions", "x", "-o", "yaml");
        var yaml = new YamlDotNet.Serialization.DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();
        JsonNode? read = ToNode(yaml.Deserialize(new StringReader(Out)))!["status"]!["result"];
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Result), read), Out);
    }

    [Fact]
    public async Task Watch_TellsTheListThenEachChange()
    {
        Stored(Make("a", ExecutionPhase.Pending));
        WatchQuery? seen = null;
        Client.OnWatch = (q, _) =>
        {
            seen = q;
            return Events(
                new ExecutionEvent(ExecutionEventType.Modified, Make("a", ExecutionPhase.Completed), "8"),
                new ExecutionEvent(ExecutionEventType.Bookmark, null, "9"),
                new ExecutionEvent(ExecutionEventType.Deleted, Make("a", ExecutionPhase.Completed), "10"));
        };
        Assert.Equal(ExitCodes.Ok, await RunAsync("get", "executions", "-w"));
        Assert.Equal("7", seen!.ResourceVersion);
        Assert.Equal(["PHASE", "Pending", "Completed", "Completed"], Lines.Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2]));
        Assert.Contains("(gone)", Lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_OfAnOldVersion_BeginsAnew()
    {
        Stored(Make("a", ExecutionPhase.Pending));
        Client.OnWatch = (q, _) => q.ResourceVersion is "7"
            ? throw new VersionExpiredException("too old")
            : Events(new ExecutionEvent(ExecutionEventType.Added, Make("a", ExecutionPhase.Failed), "20"));
        Assert.Equal(ExitCodes.Ok, await RunAsync("watch", "executions", "-o", "json"));
        Assert.Equal(2, Lines.Length);
        Assert.Contains("\"Failed\"", Lines[1], StringComparison.Ordinal);
        Assert.Contains("missed", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_Interrupted_Is130()
    {
        using var interrupt = new CancellationTokenSource();
        Client.OnWatch = Forever;
        Assert.Equal(ExitCodes.Interrupted, await RunAsync(interrupt.Token, "watch", "executions"));

        async IAsyncEnumerable<ExecutionEvent> Forever(WatchQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
        {
            await interrupt.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
            yield break;
        }
    }

    [Fact]
    public async Task Suspensions_AreShown()
    {
        Client.OnListSuspensions = _ => Task.FromResult(new SuspensionList { Items = [Suspended("x", "approval"), Suspended("x", "sleep#2")] });
        Assert.Equal(ExitCodes.Ok, await RunAsync("get", "suspensions", "-o", "wide"));
        Assert.Equal(["EXECUTION", "WAIT", "TYPE", "RESUMES-IN", "AGE", "FUNCTION", "DESCRIPTION"], Lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["x", "approval", "Suspend", "open-ended", "hello", "Please", "look"], Lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Suspensions_Watch_TellsEachOnce()
    {
        int calls = 0;
        Client.OnListSuspensions = _ => Task.FromResult(new SuspensionList
        {
            Items = calls++ == 0 ? [Suspended("x", "one")] : [Suspended("x", "one"), Suspended("x", "two")],
        });
        Client.OnWatch = (_, _) => Events(
            new ExecutionEvent(ExecutionEventType.Added, Make("y", ExecutionPhase.Executing), "1"),
            new ExecutionEvent(ExecutionEventType.Added, Make("x", ExecutionPhase.Suspended), "2"),
            new ExecutionEvent(ExecutionEventType.Modified, Make("x", ExecutionPhase.Suspended), "3"));
        Assert.Equal(ExitCodes.Ok, await RunAsync("watch", "suspensions", "-o", "name"));
        Assert.Equal(["suspension/x-one", "suspension/x-two"], Lines);
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task Functions_AreShown()
    {
        Client.OnListFunctions = () => Task.FromResult(new FunctionList
        {
            Items =
            [
                new Function
                {
                    Metadata = new ObjectMetadata { Name = "deploy" },
                    Spec = new FunctionSpec
                    {
                        Description = "Rolls out", WorkerGroup = "main",
                        Arguments = JsonPayload.Parse("""{"type":"object","properties":{"a":{},"b":{}},"required":["b"]}"""),
                    },
                },
            ],
        });
        Assert.Equal(ExitCodes.Ok, await RunAsync("get", "functions", "-o", "wide"));
        Assert.Equal(["deploy", "Rolls", "out", "main", "[a],b", "0"], Lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(ExitCodes.Error, await RunAsync("get", "functions", "nope"));
        Assert.Equal("error: The server knows no function 'nope'. It knows: deploy.\n", Error);
    }

    private static JsonNode? ToNode(object? yaml) => yaml switch
    {
        null => null,
        Dictionary<object, object> map => new JsonObject(map.Select(p => KeyValuePair.Create((string)p.Key, ToNode(p.Value)))),
        List<object> list => new JsonArray([.. list.Select(ToNode)]),
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        _ => JsonValue.Create(Convert.ToDouble(yaml)),
    };

    private static Suspension Suspended(string execution, string wait) => new()
    {
        Metadata = new ObjectMetadata { Name = $"{execution}-{wait}", Namespace = "default" },
        Spec = new SuspensionSpec { Execution = execution, Function = "hello", Wait = wait, Type = "Suspend", Description = "Please look" },
    };

    private static async IAsyncEnumerable<ExecutionEvent> Events(params ExecutionEvent[] events)
    {
        await Task.Yield();
        foreach (ExecutionEvent e in events)
        {
            yield return e;
        }
    }
}
