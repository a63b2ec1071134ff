namespace Kontinue.Silo.Modules.Library;

/// <summary>Something that a function computes with.</summary>
public static class Sums
{
    /// <summary>The sum of both.</summary>
    public static int Of(int a, int b) => a + b;
}
