using Kontinue.Engine.Jobs;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class JobSpecRulesTests
{
    private static readonly JobSpec Good = new()
    {
        Image = "registry.example/tool:1.2", Command = ["run"], Args = ["-a", ""], Env = Map("A", "b=c"), WorkingDirectory = "/tmp", BackoffLimit = 3,
        ActiveDeadline = TimeSpan.FromMinutes(1), Ttl = TimeSpan.FromHours(1), Labels = Map("team", "x"),
        Resources = new WorkResources { Requests = Map("cpu", "500m"), Limits = Map("nvidia.com/gpu", "1") },
    };

    public static TheoryData<JobSpec, string> Bad => new()
    {
        { Good with { Image = "" }, "spec.image" },
        { Good with { Image = "two words" }, "spec.image" },
        { Good with { Command = [""] }, "spec.command[0]" },
        { Good with { Command = ["a", "b\0"] }, "spec.command[1]" },
        { Good with { Command = null! }, "spec.command" },
        { Good with { Args = [.. Enumerable.Repeat("x", 1001)] }, "spec.args" },
        { Good with { Env = Map("A=B", "c") }, "spec.env['A=B']" },
        { Good with { Env = Map("", "c") }, "spec.env['']" },
        { Good with { Env = Map("A", null!) }, "spec.env['A']" },
        { Good with { WorkingDirectory = "relative" }, "spec.workingDirectory" },
        { Good with { ActiveDeadline = TimeSpan.Zero }, "spec.activeDeadline" },
        { Good with { Ttl = TimeSpan.MaxValue }, "spec.ttl" },
        { Good with { Labels = Map("team", "b c") }, "spec.labels['team']" },
        { Good with { Resources = new WorkResources { Requests = Map("cpu", "much") } }, "spec.resources.requests['cpu']" },
        { Good with { Resources = new WorkResources { Limits = Map("c p u", "1") } }, "spec.resources.limits['c p u']" },
        { Good with { Resources = null! }, "spec.resources.requests" },
        { Good with { BackoffLimit = -1 }, "spec.backoffLimit" },
        { Good with { BackoffLimit = 101 }, "spec.backoffLimit" },
    };

    [Fact]
    public void Check_GoodSpec_Passes() => JobSpecRules.Check(Good);

    [Theory]
    [MemberData(nameof(Bad))]
    public void Check_BadValue_NamesTheField(JobSpec spec, string field)
    {
        var refused = Assert.Throws<InvalidRequestException>(() => JobSpecRules.Check(spec));

        Assert.Equal(field, refused.Field);
        Assert.Contains(field, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bound_LongReport_KeepsTheLastLinesAndRoundsTimes()
    {
        var report = new JobResult
        {
            Outcome = JobOutcome.Failed, Message = new string('m', 10_000), LogLines = [.. Enumerable.Range(0, 2000).Select(i => $"line {i}")],
            Timings = new JobTimings { Queue = TimeSpan.FromTicks(-1), Run = TimeSpan.FromTicks(7) },
        };
        JobResult kept = JobEnds.Bound(report, 1024 * 1024).To<JobResult>()!;

        Assert.Equal((JobResult.MaxLogLines, "line 1999"), (kept.LogLines.Count, kept.LogLines[^1]));
        Assert.Equal(JobResult.MaxMessageLength, kept.Message!.Length);
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (kept.Timings.Queue, kept.Timings.Run));
        Assert.True(JobEnds.Bound(report, 2048).Length <= 2048);
    }

    private static Dictionary<string, string> Map(string key, string value) => new() { [key] = value };
}
