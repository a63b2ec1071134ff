namespace Kontinue.Cli.Output;

/// <summary>Words for numbers of things.</summary>
internal static class Plural
{
    /// <summary>Such as "1 execution" and "2 executions".</summary>
    public static string Executions(int count) => count == 1 ? "1 execution" : $"{count:N0} executions";
}
