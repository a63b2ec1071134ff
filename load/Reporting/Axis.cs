namespace Kontinue.Load.Reporting;

/// <summary>From zero to a little above a value, with about five marks at numbers that people like.</summary>
/// <param name="Step">The distance of two marks: 1, 2 or 5 times a power of ten.</param>
/// <param name="Steps">How many there are.</param>
internal sealed record Axis(double Step, int Steps)
{
    private const int WantedSteps = 5;

    public IEnumerable<double> Marks => Enumerable.Range(0, Steps + 1).Select(i => i * Step);

    /// <param name="value">The largest value that is drawn.</param>
    /// <param name="slack">The share of a step by which it may lie beyond the last mark.</param>
    public static Axis For(double value, double slack = 0)
    {
        if (!(value > 0) || double.IsInfinity(value))
        {
            return new Axis(1, 1);
        }

        double wanted = value / WantedSteps;
        double power = Math.Pow(10, Math.Floor(Math.Log10(wanted)));
        double step = new[] { 1, 2, 5, 10 }.Select(factor => factor * power).First(nice => nice >= wanted * (1 - 1e-9));
        return new Axis(step, Math.Max(1, (int)Math.Ceiling((value / step) - Math.Max(slack, 1e-9))));
    }

    /// <summary>Where a value lies: 0 at the beginning, 1 at the end.</summary>
    public double ShareOf(double value) => Math.Clamp(value / (Step * Steps), 0, 1);
}
