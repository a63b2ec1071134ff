using System.Globalization;
using Kontinue.Grains.Client.Contracts;

namespace Kontinue.Grains.Client.Calling;

/// <summary>
/// The doors that a client creates executions through. Several at once, so that creations are spread over silos and over the cores of each; and none for
/// long, so that they are placed anew: on silos that have joined since, and not on those that have become busy.
/// </summary>
internal sealed class Doors(IGrainFactory grains, TimeProvider time)
{
    /// <summary>How many are used at once for one function.</summary>
    public const int AtOnce = 16;

    private readonly string _client = Guid.NewGuid().ToString("n");
    private readonly long _began = time.GetTimestamp();
    private uint _next;

    /// <summary>The next door in turn: who asks again after a failure gets another one.</summary>
    public IDoorGrain Next(string function, string? workerGroup)
    {
        uint place = Interlocked.Increment(ref _next) % AtOnce;

        // Each changes at another moment, so that not all are placed at once, by one and the same picture of the silos.
        long period = GrainCalls.DoorTime.Ticks;
        long round = (time.GetElapsedTime(_began).Ticks + (place * period / AtOnce)) / period;
        string ticket = string.Create(CultureInfo.InvariantCulture, $"{_client}.{place}.{round}");
        return grains.GetGrain<IDoorGrain>(new DoorKey(ticket, function, workerGroup).ToString());
    }
}
