using System.CommandLine;
using System.CommandLine.Parsing;
using Kontinue.Chaos.Faults;

namespace Kontinue.Chaos;

/// <summary>The command line: what may be said, and what is said when it is wrong.</summary>
internal sealed class ChaosCommand
{
    private readonly Option<double> _minutes = Number("--minutes", "How long faults go on.", 1d, 0.01, 24 * 60);
    private readonly Option<int> _silos = Number("--silos", "Silo processes.", 3, 2, 4);
    private readonly Option<int> _rate = Number("--rate", "Executions started in a second.", 40, 1, 500);
    private readonly Option<int> _seed = new("--seed")
    {
        Description = "Decides what runs and which faults come. Default: a random one, which is printed.",
        DefaultValueFactory = _ => Random.Shared.Next(1, 1_000_000),
    };

    private readonly Option<TimeSpan> _lease = new("--lease")
    {
        Description = "The silos' lease, 1s to 30s.",
        DefaultValueFactory = _ => TimeSpan.FromSeconds(2),
        CustomParser = ParseLease,
    };

    private readonly Option<FaultKind[]> _faults = new("--faults")
    {
        Description = $"Which faults, separated by commas: {string.Join(",", Enum.GetNames<FaultKind>()).ToLowerInvariant()}, or none. Default: all.",
        DefaultValueFactory = _ => Enum.GetValues<FaultKind>(),
        CustomParser = ParseFaults,
    };

    private readonly Option<string?> _report = new("--report") { Description = "A file for the report as JSON." };

    public RootCommand Build(Func<ChaosOptions, CancellationToken, Task<int>> run)
    {
        var root = new RootCommand(
            "Runs silos on a private PostgreSQL, does terrible things to them, and proves from the database and the silos' logs that nothing was lost, " +
            "doubled or repeated. Ends with 1 when something was.")
        {
            _minutes, _silos, _seed, _lease, _faults, _rate, _report,
        };
        root.SetAction((result, cancellationToken) => run(Read(result), cancellationToken));
        return root;
    }

    private ChaosOptions Read(ParseResult result) => new()
    {
        Duration = TimeSpan.FromMinutes(result.GetValue(_minutes)),
        Silos = result.GetValue(_silos),
        Seed = result.GetValue(_seed),
        Lease = result.GetValue(_lease),
        Faults = result.GetValue(_faults)!,
        Rate = result.GetValue(_rate),
        Report = result.GetValue(_report),
    };

    private static TimeSpan ParseLease(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (Duration.TryParse(text, out TimeSpan lease) && lease >= TimeSpan.FromSeconds(1) && lease <= TimeSpan.FromSeconds(30))
        {
            return lease;
        }

        result.AddError($"--lease is '{text}'; it must be a duration from 1s to 30s.");
        return default;
    }

    private static FaultKind[] ParseFaults(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (text == "none")
        {
            return [];
        }

        var kinds = new List<FaultKind>();
        foreach (string name in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (Enum.TryParse(name, ignoreCase: true, out FaultKind kind) && Enum.IsDefined(kind))
            {
                kinds.Add(kind);
            }
            else
            {
                result.AddError($"--faults has '{name}'; there are {string.Join(", ", Enum.GetNames<FaultKind>()).ToLowerInvariant()}, and none.");
            }
        }

        return [.. kinds.Distinct()];
    }

    private static Option<T> Number<T>(string name, string description, T standard, T least, T most)
        where T : IComparable<T>
    {
        var option = new Option<T>(name) { Description = $"{description} {least} to {most}.", DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<T>() is { } value && (value.CompareTo(least) < 0 || value.CompareTo(most) > 0))
            {
                result.AddError($"{name} is {value}; it must be {least} to {most}.");
            }
        });
        return option;
    }
}
