namespace Kontinue.Engine;

/// <summary>How the host is, for health endpoints.</summary>
public interface IHostHealth
{
    /// <summary>Whether the host takes work now.</summary>
    bool IsReady { get; }

    /// <summary>Whether it can get well by itself. False after a defect has ended a part of the host: only a restart of the process helps, and until then others cannot have what it owns.</summary>
    bool IsAlive => true;

    /// <summary>Why it is not ready, for an operator; "ok" when it is.</summary>
    string Message { get; }
}
