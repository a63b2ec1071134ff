namespace Kontinue.Grains.Client.Calling;

/// <summary>When a call may be made again.</summary>
internal enum Repeat
{
    /// <summary>It changes nothing.</summary>
    Read,

    /// <summary>Made twice it does what it does made once, or the caller sorts that out.</summary>
    Always,

    /// <summary>Only when it was refused before anything was done.</summary>
    IfRefused,
}

/// <summary>One call, however often it is made.</summary>
internal sealed class GrainCall(Repeat repeat)
{
    public Repeat Repeat { get; } = repeat;

    /// <summary>How long the silo is asked to wait.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Set when a try got no answer although it may have been carried out.</summary>
    public bool WasLost { get; set; }
}
