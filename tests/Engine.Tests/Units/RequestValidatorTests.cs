using Kontinue.Engine.Functions;
using Kontinue.Engine.Hosting;
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
        ["status"] = Good with { Status = new ExecutionStatus() },
        ["spec.function"] = Good with { Spec = Good.Spec with { Function = "F" } },
        ["spec.workerGroup"] = Good with { Spec = Good.Spec with { WorkerGroup = "G" } },
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

    private static Execution Retry(RetrySpec retry) => Good with { Spec = Good.Spec with { Retry = retry } };

    private static Execution Timeout(TimeoutSpec timeout) => Good with { Spec = Good.Spec with { Timeout = timeout } };

    [Fact]
    public void A_good_request_passes() => Validator.Validate(Good);

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_bad_field_is_named(string field) =>
        Assert.Equal(field, Assert.Throws<InvalidRequestException>(() => Validator.Validate(Bad[field])).Field);
}
