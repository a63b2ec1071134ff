using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Kontinue.Load.Reporting;

/// <summary>Draws the series of a report as SVG: throughput above, latencies below, over the same time.</summary>
internal static class Plot
{
    private const int Width = 900;
    private const int Height = 560;
    private const int Left = 80;
    private const int Right = 20;
    private const int PanelHeight = 190;
    private const int FirstPanel = 60;
    private const int SecondPanel = 320;
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <summary>Without a mark of the byte order, which some viewers show.</summary>
    public static void Save(Report report, string file)
    {
        using var writer = XmlWriter.Create(file, new XmlWriterSettings { Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), Indent = true });
        Draw(report).Save(writer);
    }

    public static XDocument Draw(Report report)
    {
        IReadOnlyList<SeriesPoint> series = report.Series;
        var seconds = Axis.For(series.Count == 0 ? 0 : series[^1].Second, slack: 0.02);
        var throughput = Axis.For(series.Select(point => point.ThroughputPerSecond).DefaultIfEmpty(0).Max());
        var latency = Axis.For(series.Select(point => point.P99Ms).DefaultIfEmpty(0).Max());
        var root = new XElement(
            Svg + "svg",
            new XAttribute("width", Width),
            new XAttribute("height", Height),
            new XAttribute("viewBox", $"0 0 {Width} {Height}"),
            new XAttribute("font-family", "sans-serif"),
            new XAttribute("font-size", 12),
            new XElement(Svg + "title", Title(report)),
            new XElement(Svg + "rect", new XAttribute("width", Width), new XAttribute("height", Height), new XAttribute("fill", "white")),
            Text(Width / 2, 24, Title(report), "middle", new XAttribute("font-size", 15), new XAttribute("class", "title")));
        root.Add(Panel(FirstPanel, "executions per second", throughput, seconds));
        root.Add(Line("throughput", "#1f77b4", FirstPanel, series, point => point.ThroughputPerSecond, throughput, seconds));
        root.Add(Panel(SecondPanel, "latency in ms", latency, seconds));
        root.Add(Line("p99", "#d62728", SecondPanel, series, point => point.P99Ms, latency, seconds));
        root.Add(Line("p50", "#2ca02c", SecondPanel, series, point => point.P50Ms, latency, seconds));
        root.Add(Text((Width + Left) / 2, Height - 8, "seconds since the beginning", "middle", new XAttribute("class", "axis")));
        root.Add(Legend(FirstPanel, [("throughput", "#1f77b4")]));
        root.Add(Legend(SecondPanel, [("p99", "#d62728"), ("p50", "#2ca02c")]));
        return new XDocument(root);
    }

    private static string Title(Report report)
    {
        RunSettings settings = report.Settings;
        string how = settings.RatePerSecond is { } rate ? Invariant($"{rate:0.###} starts/s") : Invariant($"{settings.Concurrency} callers");
        string silos = settings.Silos is { } count ? Invariant($" of {count} silos") : "";
        return $"{settings.Scenario}: {settings.Target}{silos}, {settings.Store}, {how}";
    }

    private static XElement Panel(int top, string unit, Axis values, Axis seconds)
    {
        var panel = new XElement(Svg + "g", new XAttribute("class", "panel"));
        panel.Add(Text(Left, top - 8, unit, "start", new XAttribute("class", "axis")));
        foreach (double value in values.Marks)
        {
            double y = Y(top, value, values);
            panel.Add(Ruler(Left, y, Width - Right, y));
            panel.Add(Text(Left - 6, y + 4, Number(value), "end"));
        }

        foreach (double second in seconds.Marks)
        {
            double x = X(second, seconds);
            panel.Add(Ruler(x, top + PanelHeight, x, top + PanelHeight + 5));
            panel.Add(Text(x, top + PanelHeight + 18, Number(second), "middle"));
        }

        return panel;
    }

    private static XElement Line(string name, string color, int top, IReadOnlyList<SeriesPoint> series, Func<SeriesPoint, double> value, Axis values, Axis seconds) => new(
        Svg + "polyline",
        new XAttribute("class", name),
        new XAttribute("fill", "none"),
        new XAttribute("stroke", color),
        new XAttribute("stroke-width", 1.5),
        new XAttribute("points", string.Join(' ', series.Select(point => Invariant($"{X(point.Second, seconds):0.#},{Y(top, value(point), values):0.#}")))));

    private static XElement Legend(int top, (string Name, string Color)[] entries)
    {
        var legend = new XElement(Svg + "g", new XAttribute("class", "legend"));
        for (int i = 0; i < entries.Length; i++)
        {
            int x = Width - Right - (100 * (entries.Length - i));
            legend.Add(new XElement(
                Svg + "rect", new XAttribute("x", x), new XAttribute("y", top - 17), new XAttribute("width", 14), new XAttribute("height", 4), new XAttribute("fill", entries[i].Color)));
            legend.Add(Text(x + 20, top - 8, entries[i].Name, "start"));
        }

        return legend;
    }

    private static XElement Ruler(double x1, double y1, double x2, double y2) => new(
        Svg + "line",
        new XAttribute("x1", Invariant($"{x1:0.#}")),
        new XAttribute("y1", Invariant($"{y1:0.#}")),
        new XAttribute("x2", Invariant($"{x2:0.#}")),
        new XAttribute("y2", Invariant($"{y2:0.#}")),
        new XAttribute("stroke", "#cccccc"));

    private static XElement Text(double x, double y, string text, string anchor, params XAttribute[] more) => new(
        Svg + "text", new XAttribute("x", Invariant($"{x:0.#}")), new XAttribute("y", Invariant($"{y:0.#}")), new XAttribute("text-anchor", anchor), more, text);

    private static double X(double second, Axis seconds) => Left + (seconds.ShareOf(second) * (Width - Left - Right));

    private static double Y(int top, double value, Axis values) => top + PanelHeight - (values.ShareOf(value) * PanelHeight);

    private static string Number(double value) => value.ToString(value >= 100 ? "N0" : "0.###", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
