using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kontinue.Api.Tables;
using Kontinue.Resources;
using Kontinue.Testing;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class TableTests
{
    private const string Kubectl =
        "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

    private static readonly DateTimeOffset Now = new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Uid = Guid.Parse("0198c0de-0000-7000-8000-000000000001");

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("*/*", null)]
    [InlineData("application/*", null)]
    [InlineData("application/json", null)]
    [InlineData("application/json;charset=utf-8", null)]
    [InlineData("application/json;stream=watch", null)]
    [InlineData("text/html,application/xhtml+xml,*/*;q=0.8", null)]
    [InlineData("application/vnd.kubernetes.protobuf,application/json", null)]
    [InlineData(Kubectl, "meta.k8s.io/v1")]
    [InlineData("application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json", "meta.k8s.io/v1beta1")]
    [InlineData("application/json;as=\"Table\";v=\"v1\";g=\"meta.k8s.io\"", "meta.k8s.io/v1")]
    [InlineData("application/json,application/json;as=Table;v=v1;g=meta.k8s.io", null)]
    [InlineData("application/json;q=0.5,application/json;as=Table;v=v1;g=meta.k8s.io;q=0.9", "meta.k8s.io/v1")]
    [InlineData("*/*,application/json;as=Table;v=v1;g=meta.k8s.io", "meta.k8s.io/v1")]
    [InlineData("application/json;as=Table;v=v2;g=meta.k8s.io,application/json;as=Table;v=v1;g=meta.k8s.io", "meta.k8s.io/v1")]
    [InlineData("application/json;as=Chart;v=v1;g=meta.k8s.io,application/json", null)]
    public void From_ChoosesAsKubernetesDoes(string? accept, string? apiVersion)
    {
        TableFormat? format = TableFormat.From(Request(accept), new FixedClock(Now));
        Assert.Equal(apiVersion, format is null ? null : (string?)Write(format, [Some()])["apiVersion"]);
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/json;q=0")]
    [InlineData("application/vnd.kubernetes.protobuf")]
    [InlineData("application/json;as=Table;v=v3;g=meta.k8s.io")]
    [InlineData("application/json;as=Table;v=v1;g=other.io")]
    [InlineData(";;;")]
    public void From_NothingAcceptable_Is406(string accept)
    {
        ErrorStatus status = Assert.Throws<ApiException>(() => TableFormat.From(Request(accept))).Status;
        Assert.Equal((406, "NotAcceptable"), (status.Code, status.Reason));
        Assert.Contains("application/json", status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void From_ManyClauses_Is406() =>
        Assert.Throws<ApiException>(() => TableFormat.From(Request(string.Join(',', Enumerable.Repeat("text/html", 40)) + ",application/json")));

    [Fact]
    public void From_UnknownIncludeObject_IsBadRequest()
    {
        ErrorStatus status = Assert.Throws<ApiException>(() => TableFormat.From(Request(Kubectl, "?includeObject=All"))).Status;
        Assert.Equal(400, status.Code);
        Assert.Equal("includeObject", status.Details!.Causes![0].Field);
    }

    [Fact]
    public void Write_Executions_HasTheColumnsAndOneRowEach()
    {
        JsonObject table = Write(Format(), [Some(), Some() with { Status = null }], new ListMetadata { ResourceVersion = "42", Continue = "abc" });
        Assert.Equal("Table", (string?)table["kind"]);
        Assert.Equal("""{"resourceVersion":"42","continue":"abc"}""", table["metadata"]!.ToJsonString());
        Assert.Equal(
            ["Name/0", "Function/0", "Phase/0", "Age/0", "Duration/0", "Attempts/1", "Silo/1", "Reason/1", "Parent/1"],
            table["columnDefinitions"]!.AsArray().Select(c => $"{c!["name"]}/{c["priority"]}"));
        Assert.All(table["columnDefinitions"]!.AsArray(), c => Assert.False(string.IsNullOrEmpty((string?)c!["description"])));
        Assert.Equal("""["x","hello","Executing","3m12s","2m10s",2,"silo-1","<none>","boss"]""", Cells(table, 0));
        Assert.Equal("""["x","hello","Pending","3m12s","<none>",0,"<none>","<none>","boss"]""", Cells(table, 1));
    }

    [Fact]
    public void Write_EachRow_HasACellForEachColumn()
    {
        JsonObject[] tables = [Write(Format(), [Some()]), WriteSuspensions([Wait(null)]), WriteFunctions([Function(null, null)])];
        Assert.All(tables, t => Assert.Equal(t["columnDefinitions"]!.AsArray().Count, t["rows"]![0]!["cells"]!.AsArray().Count));
    }

    [Theory]
    [InlineData(0.25, "250ms")]
    [InlineData(0.9999, "999ms")]
    [InlineData(1, "1s")]
    [InlineData(200, "3m20s")]
    public void Write_EndedExecution_ShowsHowLongItTook(double seconds, string expected)
    {
        Execution ended = Some() with
        {
            Status = new ExecutionStatus { Phase = ExecutionPhase.Completed, StartedAt = Now.AddHours(-1), FinishedAt = Now.AddHours(-1).AddSeconds(seconds) },
        };
        Assert.Equal(expected, (string?)Write(Format(), [ended])["rows"]![0]!["cells"]![4]);
    }

    public static TheoryData<ExecutionStatus, string> Reasons => new()
    {
        { new ExecutionStatus(), "<none>" },
        { new ExecutionStatus { WakeAt = Now.AddMinutes(5), Phase = ExecutionPhase.Suspended }, "in 5m" },
        { new ExecutionStatus { WakeAt = Now.AddSeconds(-1), Phase = ExecutionPhase.Suspended }, "due" },
        { new ExecutionStatus { WakeAt = Now.AddMinutes(5), Phase = ExecutionPhase.Completed }, "<none>" },
        { new ExecutionStatus { WaitingFor = [new WaitReference("Suspend", "approval", null, null)] }, "Suspend approval" },
        {
            new ExecutionStatus { WaitingFor = [new WaitReference("Sleep", "nap", Now.AddHours(3), null), new WaitReference("Event", "e", null, null)] },
            "Sleep nap (in 3h) +1"
        },
        { new ExecutionStatus { Phase = ExecutionPhase.Failed, Error = new ExecutionError(ErrorKind.Timeout, "too\nslow", false) }, "Timeout: too slow" },
        { new ExecutionStatus { Phase = ExecutionPhase.Executing, Error = new ExecutionError(ErrorKind.Timeout, "before", true) }, "<none>" },
        {
            new ExecutionStatus
            {
                Phase = ExecutionPhase.Backoff, WakeAt = Now.AddMinutes(5), Error = new ExecutionError(ErrorKind.Execution, "e", true),
                Conditions = [new Condition("Other", "False", "Over", "was", Now), new Condition(Condition.Held, "True", "Differs", "step pay", Now)],
            },
            "Held: step pay"
        },
    };

    [Theory]
    [MemberData(nameof(Reasons), DisableDiscoveryEnumeration = true)]
    public void Write_Reason_IsTheMostPressing(ExecutionStatus status, string expected) =>
        Assert.Equal(expected, (string?)Write(Format(), [Some() with { Status = status }])["rows"]![0]!["cells"]![7]);

    [Theory]
    [InlineData(68, "😀…")]
    [InlineData(69, "…")]
    public void Write_LongReason_IsCutBetweenCharacters(int letters, string end)
    {
        string message = new string('x', letters) + string.Concat(Enumerable.Repeat("😀", 40));
        var status = new ExecutionStatus { Phase = ExecutionPhase.Failed, Error = new ExecutionError(ErrorKind.Timeout, message, false) };
        string cell = (string)Write(Format(), [Some() with { Status = status }])["rows"]![0]!["cells"]![7]!;
        Assert.Equal("Timeout: " + new string('x', letters) + end, cell);
    }

    [Fact]
    public void Write_Suspensions()
    {
        JsonObject table = WriteSuspensions([Wait(Now.AddMinutes(5)), Wait(null)]);
        Assert.Equal("""["x-nap","x","nap","Sleep","in 5m","2d5h","hello","<none>"]""", Cells(table, 0));
        Assert.Equal("\"open-ended\"", table["rows"]![1]!["cells"]![4]!.ToJsonString());
    }

    [Fact]
    public void Write_Functions()
    {
        JsonObject table = WriteFunctions(
        [
            Function("Says hello", new TimeoutSpec { Overall = TimeSpan.FromHours(1) }),
            Function(null, new TimeoutSpec { Attempt = TimeSpan.FromSeconds(5) }),
        ]);
        Assert.Equal("""["hello","Says hello","blue",3,"1h"]""", Cells(table, 0));
        Assert.Equal("""["hello","<none>","blue",3,"5s per attempt"]""", Cells(table, 1));
    }

    [Theory]
    [InlineData("", """{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"x",""")]
    [InlineData("?includeObject=Metadata", """{"kind":"PartialObjectMetadata",""")]
    [InlineData("?includeObject=None", "null")]
    [InlineData("?includeObject=Object", """{"apiVersion":"kontinue.cloud/v1alpha1","kind":"Execution","metadata":{"name":"x",""")]
    public void Write_IncludesWhatIsAskedFor(string query, string expected)
    {
        JsonObject table = Write(TableFormat.From(Request(Kubectl, query), new FixedClock(Now))!, [Some()]);
        string row = table["rows"]![0]!["object"]?.ToJsonString() ?? "null";
        Assert.StartsWith(expected, row, StringComparison.Ordinal);
        Assert.Equal(query.EndsWith("Object", StringComparison.Ordinal), row.Contains("\"spec\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Write_LaterEventOfAWatch_HasNoColumnDefinitions()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("type", "MODIFIED");
            writer.WritePropertyName("object");
            Format().Write(writer, [Some()], new ListMetadata(), withColumnDefinitions: false);
            writer.WriteEndObject();
        }

        JsonNode told = JsonNode.Parse(buffer.WrittenSpan)!;
        Assert.Null(told["object"]!["columnDefinitions"]);
        Assert.Single(told["object"]!["rows"]!.AsArray());
    }

    private static HttpRequest Request(string? accept, string query = "")
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Accept = accept;
        context.Request.QueryString = new QueryString(query);
        return context.Request;
    }

    private static TableFormat Format() => TableFormat.From(Request(Kubectl), new FixedClock(Now))!;

    private static Execution Some() => new()
    {
        Metadata = new ObjectMetadata
        {
            Name = "x", Namespace = "default", CreationTimestamp = Now.AddSeconds(-192),
            OwnerReferences = [new OwnerReference(Execution.DefaultApiVersion, "Execution", "boss", Uid)],
        },
        Spec = new ExecutionSpec { Function = "hello" },
        Status = new ExecutionStatus { Phase = ExecutionPhase.Executing, Attempts = 2, Silo = "silo-1", StartedAt = Now.AddSeconds(-130) },
    };

    private static Suspension Wait(DateTimeOffset? resumeAt) => new()
    {
        Metadata = new ObjectMetadata { Name = "x-nap", CreationTimestamp = Now.AddHours(-53) },
        Spec = new SuspensionSpec { Execution = "x", Function = "hello", Wait = "nap", Type = "Sleep", ResumeAt = resumeAt },
    };

    private static Function Function(string? description, TimeoutSpec? timeout) => new()
    {
        Metadata = new ObjectMetadata { Name = "hello" },
        Spec = new FunctionSpec { Description = description, WorkerGroup = "blue", Retry = new RetrySpec { Retries = 3 }, Timeout = timeout },
    };

    private static string Cells(JsonObject table, int row) => table["rows"]![row]!["cells"]!.ToJsonString(new JsonSerializerOptions
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    private static JsonObject Write(TableFormat format, Execution[] rows, ListMetadata? metadata = null) =>
        Written(w => format.Write(w, rows, metadata ?? new ListMetadata()));

    private static JsonObject WriteSuspensions(Suspension[] rows) => Written(w => Format().Write(w, rows, new ListMetadata()));

    private static JsonObject WriteFunctions(Function[] rows) => Written(w => Format().Write(w, rows, new ListMetadata()));

    private static JsonObject Written(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            write(writer);
        }

        return JsonNode.Parse(buffer.WrittenSpan)!.AsObject();
    }
}
