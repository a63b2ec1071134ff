using Kontinue.Load.Scenarios;
using Kontinue.Load.Stores;

namespace Kontinue.Load.Targets;

/// <summary>A target that another assembly brings along, because what it needs is not to be had everywhere.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Description">What it is, for people.</param>
/// <param name="OpenAsync">Starts it.</param>
internal sealed record OtherTarget(string Name, string Description, Func<LoadOptions, StoreSession, WakeLog, CancellationToken, Task<Target>> OpenAsync)
{
    /// <summary>All of them. Filled before the command line is read.</summary>
    public static IList<OtherTarget> All { get; } = [];

    public static OtherTarget? Find(string name) => All.FirstOrDefault(target => string.Equals(target.Name, name, StringComparison.Ordinal));
}
