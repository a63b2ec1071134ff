namespace Kontinue.Engine.Runtime;

/// <summary>Whether an execution in memory takes one of the places.</summary>
internal enum Activity
{
    /// <summary>It is working, or about to: it takes a place.</summary>
    Busy,

    /// <summary>It waits, and may have to leave memory.</summary>
    Idle,

    /// <summary>It is on its way out.</summary>
    Leaving,
}
