namespace Kontinue;

/// <summary>The result of an operation that has none. Always null.</summary>
public sealed class Nothing
{
    private Nothing()
    {
    }
}
