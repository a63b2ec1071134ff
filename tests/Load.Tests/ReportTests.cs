using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Kontinue.Load.Reporting;
using Xunit;

namespace Kontinue.Load.Tests;

public sealed class ReportTests : IDisposable
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Json_HasVersionMachineSettingsAndSeries_AndIsReadBack()
    {
        Report report = Given.Report();
        JsonNode json = JsonNode.Parse(ReportJson.Write(report))!;
        Assert.Equal(1, (int)json["version"]!);
        Assert.Equal(Environment.ProcessorCount, (int)json["machine"]!["cpus"]!);
        Assert.Equal(("noop", "memory", 4), ((string?)json["settings"]!["scenario"], (string?)json["settings"]!["store"], (int)json["settings"]!["concurrency"]!));
        Assert.Equal(1000, (double)json["throughputPerSecond"]!);
        Assert.Equal(5, (double)json["latency"]!["p999Ms"]!);
        Assert.Equal([1, 2, 3], json["series"]!.AsArray().Select(point => (int)point!["second"]!));
        Assert.Equal((0.1, 200), ((double)json["database"]!["transactionsPerExecution"]!, (double)json["database"]!["writtenBytesPerExecution"]!));

        Report read = ReportJson.Read(_folder.File("a.json", ReportJson.Write(report)));
        Assert.Equal(ReportJson.Write(report), ReportJson.Write(read));
    }

    [Theory]
    [InlineData("", "no report of the load console")]
    [InlineData("[]", "no report of the load console: it has no version")]
    [InlineData("""{"version":"1"}""", "no report of the load console: it has no version")]
    [InlineData("""{"version":99}""", "version 99; this console reads version 1")]
    [InlineData("""{"version":1}""", "no report of the load console")]
    public void Read_OfSomethingElse_SaysWhatItIs(string content, string message)
    {
        string file = _folder.File("x.json", content);
        var problem = Assert.Throws<ReportUnreadableException>(() => ReportJson.Read(file));
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.Contains("x.json", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_SaysBothLatenciesOfAClosedLoop_AndWhetherAnOpenOneKeptItsRate()
    {
        string closed = Write(Given.Report());
        Assert.Contains("from the call", closed, StringComparison.Ordinal);
        Assert.Contains("corrected", closed, StringComparison.Ordinal);
        Assert.Contains("p99.9", closed, StringComparison.Ordinal);
        string open = Write(Given.Report(Given.Options("noop") with { Rate = 1000 }));
        Assert.Contains("1,000.0/s wanted: kept", open, StringComparison.Ordinal);
        Assert.Contains("intended start", open, StringComparison.Ordinal);
        Assert.DoesNotContain("corrected", open, StringComparison.Ordinal);
    }

    [Fact]
    public void Plot_HasTitleAxesUnitsLegendAndAPointForEachInterval()
    {
        string file = _folder.File("plot.svg");
        Plot.Save(Given.Report(), file);
        Assert.Equal((byte)'<', File.ReadAllBytes(file)[0]);
        XElement svg = XDocument.Load(file).Root!;
        Assert.Equal(Svg + "svg", svg.Name);
        string[] texts = [.. svg.Descendants(Svg + "text").Select(text => text.Value)];
        Assert.Contains("noop: embedded, memory, 4 callers", texts);
        Assert.Contains("executions per second", texts);
        Assert.Contains("latency in ms", texts);
        Assert.Contains("seconds since the beginning", texts);
        Assert.Superset(new HashSet<string> { "throughput", "p50", "p99" }, texts.ToHashSet());
        XElement[] lines = [.. svg.Elements(Svg + "polyline")];
        Assert.Equal(["throughput", "p99", "p50"], lines.Select(line => (string?)line.Attribute("class")));
        Assert.All(lines, line => Assert.Equal(3, PointsOf(line).Length));

        // Time runs to the right, within the picture.
        double[] times = [.. PointsOf(lines[0]).Select(point => point.X)];
        Assert.Equal(times.Order(), times);
        Assert.All(lines.SelectMany(PointsOf), point => Assert.True(point is { X: >= 0 and <= 900, Y: >= 0 and <= 560 }));
    }

    [Fact]
    public void Plot_OfAReportWithoutASeries_IsStillAPicture() =>
        Assert.Equal("svg", Plot.Draw(Given.Report() with { Series = [] }).Root!.Name.LocalName);

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(11_977, 5000, 3)]
    [InlineData(1000, 200, 5)]
    [InlineData(0.3, 0.1, 3)]
    public void Axis_EndsAboveTheValue_AtANiceNumber(double value, double step, int steps)
    {
        var axis = Axis.For(value);
        Assert.Equal((step, steps), (axis.Step, axis.Steps), new NearlyEqual());
    }

    [Fact]
    public void Comparison_OfEqualReports_IsNotWorse()
    {
        var comparison = Comparison.Of(Given.Report(), Given.Report(), threshold: 0);
        Assert.False(comparison.IsWorse);
        Assert.Equal(1, comparison.Figures[0].Ratio);
    }

    [Theory]
    [InlineData(940, 5, true)]
    [InlineData(960, 5, false)]
    [InlineData(1000, 6, true)]
    [InlineData(2000, 4, false)]
    public void Comparison_IsWorse_BeyondTheThreshold(int perSecond, int milliseconds, bool isWorse) =>
        Assert.Equal(isWorse, Comparison.Of(Given.Report(), Given.Report(perSecond: perSecond, milliseconds: milliseconds), threshold: 0.05).IsWorse);

    [Fact]
    public void Compare_EndsWithTheCodeOfTheAnswer()
    {
        var actions = new LoadActions();
        string good = _folder.File("good.json", ReportJson.Write(Given.Report()));
        string bad = _folder.File("bad.json", ReportJson.Write(Given.Report(perSecond: 900)));
        string other = _folder.File("other.json", ReportJson.Write(Given.Report(Given.Options("steps3"))));
        Assert.Equal(0, actions.Compare(good, good, 0.05));
        Assert.Equal(0, actions.Compare(bad, good, 0.05));
        Assert.Equal(1, actions.Compare(good, bad, 0.05));
        Assert.Equal(0, actions.Compare(good, bad, 0.2));
        Assert.Equal(2, actions.Compare(good, other, 0.05));
        Assert.Equal(2, actions.Compare(good, _folder.File("missing.json"), 0.05));
    }

    [Fact]
    public void Comparison_OfDifferentThings_IsRefused()
    {
        Report noop = Given.Report();
        (Report Other, string Says)[] others =
        [
            (Given.Report(Given.Options("steps3")), "scenario noop in A, steps3 in B"),
            (Given.Report(Given.Options("noop") with { Rate = 10 }), "loop closed in A, open in B"),
        ];
        foreach ((Report other, string says) in others)
        {
            Assert.Contains(says, Assert.Throws<ReportUnreadableException>(() => Comparison.Of(noop, other, 0.05)).Message, StringComparison.Ordinal);
        }

        var payloads = Assert.Throws<ReportUnreadableException>(() => Comparison.Of(
            Given.Report(Given.Options("steps10")), Given.Report(Given.Options("steps10") with { Payload = 65536 }), 0.05));
        Assert.Contains("payload 1024 in A, 65536 in B", payloads.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Comparison_OfOneSiloAndThree_SaysInWhatTheRunsDiffer()
    {
        Report one = Given.Report(Given.Options("noop", "postgres", "cluster") with { Silos = 1 });
        Report three = Given.Report(Given.Options("noop", "postgres", "cluster") with { Silos = 3 }, perSecond: 2000);
        var comparison = Comparison.Of(one, three, 0.05);
        Assert.Equal(["silos 1 in A, 3 in B"], comparison.Differences);
        var output = new StringWriter();
        comparison.Write(output);
        Assert.Contains("2.000", output.ToString(), StringComparison.Ordinal);
    }

    private static string Write(Report report)
    {
        var output = new StringWriter();
        ReportText.Write(report, output);
        return output.ToString();
    }

    private static (double X, double Y)[] PointsOf(XElement line) =>
    [
        .. line.Attribute("points")!.Value.Split(' ').Select(point => point.Split(','))
            .Select(pair => (double.Parse(pair[0], CultureInfo.InvariantCulture), double.Parse(pair[1], CultureInfo.InvariantCulture))),
    ];

    private sealed class NearlyEqual : IEqualityComparer<(double Step, int Steps)>
    {
        public bool Equals((double Step, int Steps) x, (double Step, int Steps) y) => Math.Abs(x.Step - y.Step) < 1e-9 && x.Steps == y.Steps;

        public int GetHashCode((double Step, int Steps) obj) => obj.Steps;
    }
}
