namespace Kontinue.Engine.Replay;

/// <summary>What a function asked for under a name. A journal that has the name with another kind disagrees with the code.</summary>
internal enum OperationKind
{
    Step,
    Sleep,
    Suspend,
    Event,
    Poll,
    Child,
    Job,
    Pod,
}
