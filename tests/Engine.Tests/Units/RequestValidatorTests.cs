using Kontinue.Engine.Functions;
using Kontinue.Engine.Requests;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class RequestValidatorTests
{
    private sealed record Arguments(int Count);

    private static readonly Execution Good = new()
    {
        Metadata = new ObjectMetadata { Name = "a" }, Spec = new ExecutionSpec { Function = "f", Arguments = JsonPayload.Parse("""{"count":1}""") },
    };

    private static readonly RequestValidator Validator = new(
        new FunctionRegistry([new FunctionDefinition("f", new FunctionOptions(), FunctionBinding.Create(
            "f", (KontinueContext _, Arguments a) => a.Count, KontinueJson.Options))]), new KontinueOptions());

    public static TheoryData<string> Fields => [.. Bad.Keys];

    private static Dictionary<string, Execution> Bad { get; } = new()
    {
        ["metadata.namespace"] = Good with { Metadata = Good.Metadata with { Namespace = "A" } },
        ["metadata.name"] = Good with { Metadata = new ObjectMetadata() },
        ["metadata.generateName"] = Good with { Metadata = new ObjectMetadata { GenerateName = "_" } },
        ["metadata.annotations"] = Good with
        {
            Metadata = Good.Metadata with { Annotations = new Dictionary<string, string> { ["a"] = new('x', 300_000) } },
        },
        ["metadata.labels['a b']"] = Labels("a b", "c"),
        ["metadata.labels['a']"] = Labels("a", "b c"),
        ["metadata.labels['b']"] = Labels("b", null!),
        ["metadata.annotations['a b']"] = Annotations("a b", "c"),
        ["metadata.annotations['a']"] = Annotations("a", "x\0y"),
        ["metadata.annotations['b']"] = Annotations("b", null!),
        ["status"] = Good with { Status = new ExecutionStatus() },
        ["spec.function"] = Good with { Spec = Good.Spec with { Function = "F" } },
        ["spec.workerGroup"] = Good with { Spec = Good.Spec with { WorkerGroup = "G" } },
        ["spec.mutex.name"] = Good with { Spec = Good.Spec with { Mutex = new MutexSpec { Name = "a\nb" } } },
        ["spec.concurrencyKey"] = Good with { Spec = Good.Spec with { ConcurrencyKey = new('x', 254) } },
        ["spec.priority"] = Good with { Spec = Good.Spec with { Priority = 6 } },
        ["spec.arguments"] = Good with { Spec = Good.Spec with { Arguments = JsonPayload.Parse("[1]") } },
        ["spec.arguments.count"] = Good with { Spec = Good.Spec with { Arguments = JsonPayload.Parse("""{"count":"x"}""") } },
        ["spec.retry.retries"] = Retry(new RetrySpec { Retries = -1 }),
        ["spec.retry.backoff"] = Retry(new RetrySpec { Backoff = TimeSpan.FromSeconds(-1) }),
        ["spec.retry.maxBackoff"] = Retry(new RetrySpec { MaxBackoff = TimeSpan.MaxValue }),
        ["spec.retry.multiplier"] = Retry(new RetrySpec { Multiplier = double.NaN }),
        ["spec.retry.jitter"] = Retry(new RetrySpec { Jitter = 2 }),
        ["spec.retry.childPolicy"] = Retry(new RetrySpec { ChildPolicy = (ChildPolicy)9 }),
        ["spec.timeout.attempt"] = Timeout(new TimeoutSpec { Attempt = TimeSpan.Zero }),
        ["spec.timeout.overall"] = Timeout(new TimeoutSpec { Overall = TimeSpan.MaxValue }),
    };

    private static Execution Labels(string key, string value) =>
        Good with { Metadata = Good.Metadata with { Labels = new Dictionary<string, string> { [key] = value } } };

    private static Execution Annotations(string key, string value) =>
        Good with { Metadata = Good.Metadata with { Annotations = new Dictionary<string, string> { [key] = value } } };

    private static Execution Retry(RetrySpec retry) => Good with { Spec = Good.Spec with { Retry = retry } };

    private static Execution Timeout(TimeoutSpec timeout) => Good with { Spec = Good.Spec with { Timeout = timeout } };

    [Fact]
    public void A_good_request_passes() => Validator.Validate(Good);

    [Fact]
    public void Labels_and_annotations_that_follow_the_rules_pass() => Validator.Validate(Good with
    {
        Metadata = Good.Metadata with
        {
            Labels = new Dictionary<string, string> { ["example.com/app"] = "Shop_1", ["empty"] = "" },
            Annotations = new Dictionary<string, string> { ["example.com/note"] = "Any text:\n äöü", ["empty"] = "" },
        },
    });

    public static TheoryData<string, bool> Payloads => new()
    {
        { "1", true },
        { " {\"a\": [1, \"\\u0000\"]}\n", true },
        { "null", true },
        { " ", false },
        { "{\"a\":1", false },
        { "{\"a\":1}}", false },
        { "1 2", false },
        { "{'a':1}", false },
        { "[1,]", false },
        { "/**/1", false },
        { "\"a\nb\"", false },
        { new string('[', 60) + new string(']', 60), true },
        { new string('[', 61) + new string(']', 61), false },
    };

    [Theory]
    [MemberData(nameof(Payloads))]
    public void A_payload_must_be_JSON(string text, bool isJson)
    {
        var payload = new JsonPayload(System.Text.Encoding.UTF8.GetBytes(text));
        Exception? thrown = Record.Exception(() => Validator.ValidatePayload(payload, "The payload", "payload"));
        Assert.Equal(isJson ? null : "payload", (thrown as InvalidRequestException)?.Field);
    }

    [Fact]
    public void A_payload_must_be_UTF_8() => Assert.Throws<InvalidRequestException>(
        () => Validator.ValidatePayload(new JsonPayload(new byte[] { (byte)'"', 0xC3, (byte)'"' }), "The payload", "payload"));

    [Theory]
    [InlineData("f")]
    [InlineData("unknown")]
    public void Arguments_must_be_JSON_also_of_functions_that_are_elsewhere(string function)
    {
        var arguments = new JsonPayload("{\"count\":1"u8.ToArray());
        Execution execution = Good with { Spec = Good.Spec with { Function = function, Arguments = arguments } };
        Assert.Equal("spec.arguments", Assert.Throws<InvalidRequestException>(() => Validator.Validate(execution)).Field);
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_bad_field_is_named(string field) =>
        Assert.Equal(field, Assert.Throws<InvalidRequestException>(() => Validator.Validate(Bad[field])).Field);
}
