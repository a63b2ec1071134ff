using System.CommandLine;
using Kontinue.Load.CommandLine;
using Kontinue.Load.Scenarios;
using Xunit;

namespace Kontinue.Load.Tests;

public sealed class ArgumentTests
{
    [Theory]
    [InlineData("--scenario x", "'x' is no value for --scenario: it is one of: noop")]
    [InlineData("--target x", "'x' is no value for --target: it is one of: embedded, http, cluster.")]
    [InlineData("--concurrency 0", "'0' is no value for --concurrency: it is a number from 1 to 100,000.")]
    [InlineData("--silos 3", "--silos goes with --target cluster.")]
    [InlineData("--target cluster --silos 99", "'99' is no value for --silos: it is a number from 1 to 32.")]
    [InlineData("--target cluster --store sqlite", "--target cluster shares one PostgreSQL: it goes with --store postgres.")]
    [InlineData("--target cluster --scenario long", "long has no callers that could be in silos: with --target cluster it needs --callers http.")]
    [InlineData("--target cluster --silos 4 --concurrency 3", "--concurrency must be at least one caller for each of the --silos.")]
    [InlineData("--callers http", "--callers goes with --target cluster.")]
    [InlineData("--lease 5s", "--lease is for silos that are started: it goes with --target http without --server, or cluster.")]
    [InlineData("--target cluster --lease 0.5", "'0.5' is no value for --lease: it is a number of seconds, or a time such as 500ms, 30s or 10m, from 1 s to 24 h.")]
    [InlineData("--rate 0", "'0' is no value for --rate: it is a number from 0.01 to 1,000,000.")]
    [InlineData("--rate NaN", "'NaN' is no value for --rate: it is a number from 0.01 to 1,000,000.")]
    [InlineData("--rate 5 --concurrency 3", "--concurrency is for a closed loop and --rate for an open one")]
    [InlineData("--rate 5 --scenario sleep", "sleep has no loop of callers that could be open: leave --rate out.")]
    [InlineData("--max-under-way 5", "--max-under-way goes with --rate.")]
    [InlineData("--duration 10x", "'10x' is no value for --duration: it is a number of seconds, or a time such as 500ms, 30s or 10m, from 0.1 s to 24 h.")]
    [InlineData("--duration 25h", "'25h' is no value for --duration")]
    [InlineData("--duration -1", "'-1' is no value for --duration")]
    [InlineData("--interval 0", "'0' is no value for --interval")]
    [InlineData("--scenario steps10 --payload 2MB", "'2MB' is no value for --payload: it is a number of bytes from 0 to 1,000,000, such as 1000, 1KiB or 64KiB.")]
    [InlineData("--scenario steps10 --payload 2MiB", "'2MiB' is no value for --payload")]
    [InlineData("--payload 1KiB", "--payload has no meaning for noop.")]
    [InlineData("--count 5", "--count has no meaning for noop.")]
    [InlineData("--mix noop=1", "--mix goes with --scenario mixed.")]
    [InlineData("--scenario mixed --mix noop", "--mix: 'noop' is not the name of a scenario with a weight from 1 to 1,000, such as noop=60.")]
    [InlineData("--scenario mixed --mix noop=0", "--mix: 'noop=0' is not the name of a scenario with a weight")]
    [InlineData("--scenario mixed --mix sleep=1", "--mix: 'sleep' is not one of: noop, steps3, steps10, children5, fanout, events.")]
    [InlineData("--scenario mixed --mix noop=1,noop=2", "--mix: 'noop' is named twice.")]
    [InlineData("--prefill 10 --store memory", "--prefill needs a store that it can write to before the run")]
    [InlineData("--store memory --connection x", "--connection has no meaning with --store memory: leave one of them out.")]
    [InlineData("serve --store memory --connection x", "--connection has no meaning with --store memory: leave one of them out.")]
    [InlineData("--server http://127.0.0.1:1", "--server goes with --target http.")]
    [InlineData("--target http --server x", "'x' is no value for --server: it is an address such as http://127.0.0.1:8080.")]
    [InlineData("--scenario sleep --target http", "sleep looks into the process that runs executions: it needs --target embedded.")]
    [InlineData("--scenario suspended --target cluster", "suspended looks into the process that runs executions: it needs --target embedded.")]
    [InlineData("--scenario list --store memory", "list fills a store first and then measures")]
    [InlineData("--scenario watch --plot x.svg", "watch has no series over time that could be drawn: leave --plot out.")]
    [InlineData("--plot /no/such/folder/x.svg", "'/no/such/folder/x.svg' is no value for --plot: there is no folder for it.")]
    [InlineData("--save /", "'/' is no value for --save")]
    [InlineData("compare a.json", "Required argument missing for command: 'compare'.")]
    [InlineData("compare a.json b.json --threshold x", "'x' is no value for --threshold: it is a percentage from 0% to 100%, such as 5%.")]
    [InlineData("--nonsense", "Unrecognized command or argument '--nonsense'.")]
    public void A_mistake_is_told_once(string line, string message)
    {
        IReadOnlyList<string> mistakes = Mistakes(line);
        string told = Assert.Single(mistakes);
        Assert.StartsWith(message, told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--target cluster")]
    [InlineData("--target cluster --store postgres --callers http --scenario watch")]
    [InlineData("--target http --lease 3s --rate 100 --max-under-way 10")]
    [InlineData("--scenario mixed --mix noop=1,steps10=2 --payload 64KiB")]
    [InlineData("--scenario fanout --count 10 --plot x.svg --save x.json --duration 10m --interval 10s --prefill 1000000")]
    [InlineData("compare a.json b.json --threshold 10%")]
    [InlineData("serve --store postgres --lease 3s --name one")]
    public void What_is_right_has_no_mistakes(string line) => Assert.Empty(Mistakes(line));

    [Fact]
    public async Task Values_arrive()
    {
        var actions = new Actions();
        await new LoadCommand().Build(actions).Parse(
            "--target cluster --silos 2 --callers http --lease 3s --rate 1.5 --max-under-way 7 --scenario steps10 --payload 64KiB --duration 10m --warmup 0 --interval 5 --prefill 9 --output json").InvokeAsync();
        LoadOptions options = actions.Run!;
        Assert.Equal(("cluster", "postgres", 2, false), (options.Target, options.Store, options.Silos, options.CallersInSilos));
        Assert.Equal((TimeSpan.FromSeconds(3), 1.5, 7), (options.Lease, options.Rate, options.MaxUnderWay));
        Assert.Equal(("steps10", 65_536, TimeSpan.FromMinutes(10)), (options.Scenario, options.Payload, options.Duration));
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromSeconds(5), 9, true), (options.Warmup, options.Interval, options.Prefill, options.JsonOnly));
        await new LoadCommand().Build(actions).Parse("compare a.json b.json --threshold 7.5%").InvokeAsync();
        Assert.Equal(("a.json", "b.json", 0.075), actions.Compared);
    }

    [Fact]
    public async Task Help_NamesEveryOptionAndScenario()
    {
        var output = new StringWriter();
        RootCommand root = new LoadCommand().Build(new Actions());
        await root.Parse("--help").InvokeAsync(new InvocationConfiguration { Output = output });
        string help = output.ToString();
        Assert.All(root.Options, option => Assert.Contains(option.Name, help, StringComparison.Ordinal));
        Assert.All(root.Options, option => Assert.False(string.IsNullOrWhiteSpace(option.Description)));
        Assert.All(ScenarioRegistry.All, scenario => Assert.Contains($"{scenario.Name}: {scenario.Description}", help, StringComparison.Ordinal));
        Assert.DoesNotContain("Is started by the console itself", help, StringComparison.Ordinal);
    }

    [Fact]
    public void Mix_HasItsWeightsInAnyStretchOfTurns()
    {
        var mix = Mix.Parse("noop=60,steps3=30,events=10", out _)!;
        foreach (int from in new[] { 0, 1000, 123_456 })
        {
            ILookup<string, LoopScenario> picked = Enumerable.Range(from, 1000).Select(i => mix.Pick(i)).ToLookup(scenario => scenario.Name);
            Assert.InRange(picked["noop"].Count(), 595, 605);
            Assert.InRange(picked["steps3"].Count(), 295, 305);
            Assert.InRange(picked["events"].Count(), 95, 105);
        }
    }

    [Fact]
    public void Scenarios_HaveNamesOfTheirOwn() =>
        Assert.Equal(ScenarioRegistry.All.Count, ScenarioRegistry.All.Select(scenario => scenario.Name).Distinct(StringComparer.Ordinal).Count());

    private static IReadOnlyList<string> Mistakes(string line)
    {
        var command = new LoadCommand();
        return command.MistakesOf(command.Build(new Actions()).Parse(line));
    }

    private sealed class Actions : ILoadActions
    {
        public LoadOptions? Run { get; private set; }

        public (string Before, string After, double Threshold) Compared { get; private set; }

        public Task<int> RunAsync(LoadOptions options, CancellationToken cancellationToken)
        {
            Run = options;
            return Task.FromResult(0);
        }

        public Task<int> ServeAsync(LoadOptions options, string? name, Uri address, CancellationToken cancellationToken) => Task.FromResult(0);

        public Task<int> BeSiloAsync(LoadOptions options, string name) => Task.FromResult(0);

        public int Compare(string before, string after, double threshold)
        {
            Compared = (before, after, threshold);
            return 0;
        }
    }
}
