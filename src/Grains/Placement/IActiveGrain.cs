namespace Kontinue.Grains.Placement;

/// <summary>A grain that is worth its memory only while its execution is in memory here, or while it is called.</summary>
internal interface IActiveGrain
{
    /// <summary>The execution has left memory here, or could not be had. Called from any thread.</summary>
    void HasLeft();
}
