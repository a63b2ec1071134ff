namespace Kontinue;

/// <summary>What a retry of an execution does with the children of the attempts before.</summary>
public enum ChildPolicy
{
    /// <summary>Keeps all children's results and failures. The default.</summary>
    None = 0,

    /// <summary>Runs failed children again; keeps results.</summary>
    RetryFailed = 1,
}
