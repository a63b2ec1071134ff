namespace Kontinue.Load.Scenarios;

/// <summary>Loop scenarios with weights.</summary>
internal sealed class Mix
{
    private readonly (LoopScenario Scenario, int Weight)[] _parts;
    private readonly int _sum;

    private Mix((LoopScenario Scenario, int Weight)[] parts)
    {
        _parts = parts;
        _sum = parts.Sum(part => part.Weight);
    }

    /// <summary>Reads <c>noop=60,steps3=40</c>.</summary>
    /// <returns>Null when it cannot be read.</returns>
    /// <param name="text">Names of loop scenarios, each with a weight of 1 to 1,000.</param>
    /// <param name="problem">What is wrong.</param>
    public static Mix? Parse(string text, out string problem)
    {
        var parts = new List<(LoopScenario Scenario, int Weight)>();
        foreach (string part in text.Split(','))
        {
            string[] sides = part.Split('=');
            if (sides.Length != 2 || !int.TryParse(sides[1], out int weight) || weight is < 1 or > 1000)
            {
                problem = $"'{part}' is not the name of a scenario with a weight from 1 to 1,000, such as noop=60";
                return null;
            }

            if (ScenarioRegistry.Find(sides[0]) is not LoopScenario scenario || scenario is MixedScenario)
            {
                problem = $"'{sides[0]}' is not one of: {string.Join(", ", ScenarioRegistry.All.OfType<LoopScenario>().Where(s => s is not MixedScenario).Select(s => s.Name))}";
                return null;
            }

            if (parts.Exists(earlier => earlier.Scenario == scenario))
            {
                problem = $"'{sides[0]}' is named twice";
                return null;
            }

            parts.Add((scenario, weight));
        }

        problem = "";
        return new Mix([.. parts]);
    }

    /// <summary>
    /// The scenario of a turn. Multiples of the golden ratio fill the range of weights evenly, so that any stretch of turns has the mix asked for, the
    /// same in each run.
    /// </summary>
    public LoopScenario Pick(long number)
    {
        double place = number * 0.6180339887498949 % 1 * _sum;
        foreach ((LoopScenario scenario, int weight) in _parts)
        {
            place -= weight;
            if (place < 0)
            {
                return scenario;
            }
        }

        return _parts[^1].Scenario;
    }
}
