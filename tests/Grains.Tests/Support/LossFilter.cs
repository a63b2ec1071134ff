using System.Collections.Concurrent;
using Kontinue.Grains.Client.Contracts;

namespace Kontinue.Grains.Tests.Support;

/// <summary>What happens to a call.</summary>
public enum Loss
{
    None,

    /// <summary>It is refused before it is made.</summary>
    Refused,

    /// <summary>It is carried out, and its answer is lost.</summary>
    AnswerLost,

    /// <summary>It never arrives, and nobody knows.</summary>
    CallLost,
}

/// <summary>Loses calls of a client, and counts those that were carried out.</summary>
internal sealed class LossFilter : IOutgoingGrainCallFilter
{
    private readonly ConcurrentQueue<Loss> _next = new();

    public ConcurrentQueue<string> Made { get; } = new();

    /// <summary>The losses of the calls of this member that come next.</summary>
    public void Plan(string member, params ReadOnlySpan<Loss> losses)
    {
        Member = member;
        Made.Clear();
        _next.Clear();
        foreach (Loss loss in losses)
        {
            _next.Enqueue(loss);
        }
    }

    private string Member { get; set; } = "";

    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        Type type = context.InterfaceMethod.DeclaringType!;
        bool isMeant = (type == typeof(IExecutionGrain) || type == typeof(IDoorGrain) || type == typeof(IQueryGrain)) && context.MethodName == Member;
        switch (isMeant && _next.TryDequeue(out Loss loss) ? loss : Loss.None)
        {
            case Loss.Refused:
                throw new SiloUnavailableException("The silo is known to be dead.");
            case Loss.CallLost:
                throw new TimeoutException("Response did not arrive on time.");
            case Loss.AnswerLost:
                await context.Invoke();
                Made.Enqueue(context.MethodName);
                throw new TimeoutException("Response did not arrive on time.");
            default:
                await context.Invoke();
                Made.Enqueue(context.MethodName);
                break;
        }
    }
}
