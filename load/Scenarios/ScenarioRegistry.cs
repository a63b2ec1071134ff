using Kontinue.Engine.Hosting;

namespace Kontinue.Load.Scenarios;

/// <summary>All scenarios. A new one is a file and a line here.</summary>
internal static class ScenarioRegistry
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new NoopScenario(), new Steps3Scenario(), new Steps10Scenario(), new Children5Scenario(), new FanOutScenario(), new EventsScenario(),
        new MixedScenario(), new SleepScenario(), new LongScenario(), new SuspendedScenario(), new ListScenario(), new WatchScenario(),
    ];

    public static Scenario? Find(string name) => All.FirstOrDefault(scenario => scenario.Name == name);

    /// <summary>The scenario of a name that was checked.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static Scenario Get(string name) => Find(name) ?? throw new ArgumentException($"There is no scenario '{name}'.");

    /// <summary>Adds the functions of all scenarios.</summary>
    public static void AddTo(KontinueBuilder builder, WakeLog wakes)
    {
        foreach (Scenario scenario in All)
        {
            scenario.AddTo(builder, wakes);
        }
    }
}
