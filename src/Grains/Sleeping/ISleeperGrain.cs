using Kontinue.Grains.Client.Contracts;
using Orleans.CodeGeneration;

namespace Kontinue.Grains.Sleeping;

/// <summary>
/// The reminder of an execution that sleeps for long. A hint and nothing more: the timer's row in the store decides when it wakes.
/// </summary>
[Alias("kontinue.sleeper")]
[GrainInterfaceType("kontinue.sleeper")]
[Version(GrainCalls.Version)]
internal interface ISleeperGrain : IGrainWithStringKey, IRemindable
{
    /// <summary>Has the grain reminded some moments after that time.</summary>
    [Alias("sleep")]
    Task SleepAsync(DateTimeOffset wakeAt);

    /// <summary>Takes the reminder back.</summary>
    [Alias("forget")]
    Task ForgetAsync();
}
