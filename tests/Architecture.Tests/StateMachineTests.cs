using System.Text.RegularExpressions;
using Kontinue.Engine.Executions;
using Xunit;

namespace Kontinue.Architecture.Tests;

/// <summary>The drawing in docs/state-machine.md is the truth.</summary>
public sealed partial class StateMachineTests
{
    private static readonly IReadOnlySet<(string From, string To)> Drawn = ReadDiagram();

    [Fact]
    public void The_diagram_has_exactly_the_phases_of_the_enum()
    {
        IEnumerable<string> drawn = Drawn.SelectMany(edge => new[] { edge.From, edge.To }).Where(name => name != "[*]").Distinct();
        Assert.Equal(Enum.GetNames<ExecutionPhase>().Order(StringComparer.Ordinal), drawn.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Terminal_phases_are_drawn_as_ends()
    {
        foreach (ExecutionPhase phase in Enum.GetValues<ExecutionPhase>())
        {
            Assert.Equal(phase.IsTerminal(), Drawn.Contains((phase.ToString(), "[*]")));
        }
    }

    [Fact]
    public void The_diagram_has_exactly_the_transitions_of_the_engine()
    {
        IEnumerable<(string From, string To)> allowed =
            from phase in Enum.GetValues<ExecutionPhase>()
            from next in PhaseTransitions.From(phase)
            select (phase.ToString(), next.ToString());
        IEnumerable<(string From, string To)> drawn = Drawn.Where(edge => edge.From != "[*]" && edge.To != "[*]");
        Assert.Equal(allowed.Order(), drawn.Order());
    }

    [Fact]
    public void Executions_begin_as_Pending() => Assert.Equal(["Pending"], Drawn.Where(edge => edge.From == "[*]").Select(edge => edge.To));

    private static HashSet<(string From, string To)> ReadDiagram()
    {
        string page = File.ReadAllText(Repository.PathOf("docs", "state-machine.md"));
        string diagram = Diagram().Match(page) is { Success: true } match
            ? match.Groups[1].Value
            : throw new InvalidOperationException("docs/state-machine.md has no stateDiagram.");
        return [.. Edge().Matches(diagram).Select(m => (m.Groups[1].Value, m.Groups[2].Value))];
    }

    [GeneratedRegex(@"```mermaid\s+stateDiagram-v2(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Diagram();

    [GeneratedRegex(@"^\s*(\w+|\[\*\])\s*-->\s*(\w+|\[\*\])", RegexOptions.Multiline)]
    private static partial Regex Edge();
}
