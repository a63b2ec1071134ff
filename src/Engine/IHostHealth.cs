namespace Kontinue.Engine;

/// <summary>How the host is, for health endpoints.</summary>
public interface IHostHealth
{
    /// <summary>Whether the host takes work now.</summary>
    bool IsReady { get; }

    /// <summary>Why not, for an operator; "ok" when it does.</summary>
    string Message { get; }
}
