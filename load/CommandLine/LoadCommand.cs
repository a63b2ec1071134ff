using System.CommandLine;
using Kontinue.Load.Scenarios;
using Kontinue.Load.Targets;

namespace Kontinue.Load.CommandLine;

/// <summary>What the commands do.</summary>
internal interface ILoadActions
{
    Task<int> RunAsync(LoadOptions options, CancellationToken cancellationToken);

    Task<int> ServeAsync(LoadOptions options, string? name, Uri address, CancellationToken cancellationToken);

    Task<int> BeSiloAsync(LoadOptions options, string name);

    int Compare(string before, string after, double threshold);
}

/// <summary>The command line: what may be said, and what is said when it is wrong.</summary>
internal sealed class LoadCommand
{
    /// <summary>The command under which the console starts itself; not for people.</summary>
    public const string Silo = "silo";

    private const string ServeName = "serve";
    private const string MemoryConnection = "--connection has no meaning with --store memory: leave one of them out.";

    private readonly Option<string> _target = Arguments.OneOf(
        "--target",
        "embedded: the engine in this process. http: a server in a process of its own, over the API. cluster: --silos processes on one PostgreSQL." +
        string.Concat(OtherTarget.All.Select(target => $" {target.Name}: {target.Description}")),
        "embedded", ["embedded", "http", "cluster", .. OtherTarget.All.Select(target => target.Name)]);

    private readonly Option<string> _store = Arguments.OneOf("--store", "Where executions are kept; target cluster: always postgres.", "sqlite", "sqlite", "postgres", "memory");

    private readonly Option<string> _scenario = Arguments.OneOf(
        "--scenario", "What is run:\n" + string.Join('\n', ScenarioRegistry.All.Select(s => $"{s.Name}: {s.Description}")), "noop",
        [.. ScenarioRegistry.All.Select(s => s.Name)]);

    private readonly Option<int> _concurrency = Arguments.Number("--concurrency", "Closed loop: callers, each with one execution at a time.", 64, 1, 100_000);

    private readonly Option<double?> _rate = Arguments.Rate(
        "--rate", "Open loop: starts per second, whether or not those before have ended; latencies are from the intended start. Default: a closed loop.");

    private readonly Option<int> _maxUnderWay = Arguments.Number("--max-under-way", "Open loop: how many may be under way; starts beyond that are late.", 10_000, 1, 1_000_000);

    private readonly Option<int> _silos = Arguments.Number("--silos", "Target cluster: how many silos.", 3, 1, 32);

    private readonly Option<string> _callers = Arguments.OneOf(
        "--callers", "Target cluster: where the callers are. in-silo: each silo has its share of them, so that silos are measured and not HTTP. http: here, spread over the silos.",
        "in-silo", "in-silo", "http");

    private readonly Option<TimeSpan?> _lease = Arguments.OptionalTime("--lease", "Of silos that are started: how long one that was not heard of counts as alive. Default: the engine's, 40 s.", TimeSpan.FromSeconds(1));

    private readonly Option<int> _count = Arguments.Number(
        "--count", $"How many {string.Join(", ", ScenarioRegistry.All.Where(s => s.Counted is not null).Select(s => $"{s.Counted} ({s.Name}: {s.DefaultCount:N0})"))}. 0: that default.", 0, 0, 10_000_000);

    private readonly Option<int> _payload = Arguments.Size("--payload", "Bytes of each step's result (steps10).", 1024, 0, 1_000_000);

    private readonly Option<string> _mix = new("--mix")
    {
        Description = "Scenario mixed: the others with their weights.", HelpName = "name=weight,...", DefaultValueFactory = _ => LoadOptions.DefaultMix,
    };

    private readonly Option<int> _prefill = Arguments.Number("--prefill", "Finished executions that are stored before the run, without running them.", 0, 0, 100_000_000);

    private readonly Option<TimeSpan> _duration = Arguments.Time("--duration", "How long to measure (loops, watch).", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(0.1));

    private readonly Option<TimeSpan> _warmup = Arguments.Time("--warmup", "How long to run before measuring.", TimeSpan.FromSeconds(3), TimeSpan.Zero);

    private readonly Option<TimeSpan> _interval = Arguments.Time(
        "--interval", "Loops: each makes a point of the series and of the plot, and a line on standard error.", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(0.1));

    private readonly Option<string> _output = Arguments.OneOf("--output", "text: a table. json: one JSON object and nothing else.", "text", "json", "text");

    private readonly Option<string?> _save = Arguments.NewFile("--save", "Keeps the JSON object, for compare.");

    private readonly Option<string?> _plot = Arguments.NewFile("--plot", "Loops: draws throughput and latency over time, as SVG.");

    private readonly Option<string?> _connection = new("--connection")
    {
        Description = "postgres: a connection string; default: a private server that is removed afterwards. sqlite: a folder; default: a temporary one.",
    };

    private readonly Option<Uri?> _server = Arguments.Address("--server", "Target http: a server that runs already, started with the command serve. Default: one is started.");

    private readonly Option<Uri?> _urls = Arguments.Address("--url", "Where to listen. Default: http://127.0.0.1 and a free port.");

    private readonly Option<string?> _name = new("--name") { Description = "The silo's name. Default: the machine's name." };

    private readonly Option<double> _threshold = Arguments.Share("--threshold", "By how much throughput may be lower or p99 higher.", 0.05);

    public RootCommand Build(ILoadActions actions)
    {
        var root = new RootCommand(
            "Runs executions and reports throughput, latency, and what it cost, beside the machine's own commit rate. In a closed loop, --concurrency callers each " +
            "wait for a result before they go on; percentiles are told from the call, and corrected for the calls that were not made meanwhile. With --rate, the loop " +
            "is open. Exit codes: 0 all went well, 1 executions failed, 2 the run could not be made, 130 it was interrupted before anything was measured.")
        {
            _target, _store, _connection, _scenario, _count, _payload, _mix, _concurrency, _rate, _maxUnderWay, _silos, _callers, _lease, _server, _prefill,
            _warmup, _duration, _interval, _output, _save, _plot, Serve(actions), BeSilo(actions), Compare(actions),
        };
        root.SetAction((result, cancellationToken) => actions.RunAsync(Read(result), cancellationToken));
        return root;
    }

    /// <summary>What is wrong with a command line: first of all the values, and when those are right, what goes with what.</summary>
    public IReadOnlyList<string> MistakesOf(ParseResult result)
    {
        // Defaults are not known yet while a command line is read, so this is no validator of a command.
        if (result.Errors.Count > 0)
        {
            return [.. result.Errors.Select(error => error.Message)];
        }

        return result.CommandResult.Command switch
        {
            RootCommand => [.. RunMistakes(result, ScenarioRegistry.Get(result.GetValue(_scenario)!))],
            { Name: ServeName } when result.GetValue(_store) == "memory" && result.GetValue(_connection) is not null => [MemoryConnection],
            _ => [],
        };
    }

    private Command Serve(ILoadActions actions)
    {
        var command = new Command(ServeName, "Runs a server with the functions of the load console, for --target http --server.") { _store, _connection, _urls, _name, _lease };
        command.SetAction((result, cancellationToken) =>
            actions.ServeAsync(Read(result), result.GetValue(_name), result.GetValue(_urls) ?? new Uri("http://127.0.0.1:0"), cancellationToken));
        return command;
    }

    private Command BeSilo(ILoadActions actions)
    {
        var command = new Command(Silo, "Is started by the console itself.") { _store, _connection, _name, _lease };
        command.Hidden = true;
        command.SetAction((result, _) => actions.BeSiloAsync(Read(result), result.GetValue(_name) ?? "load-silo"));
        return command;
    }

    private Command Compare(ILoadActions actions)
    {
        var before = new Argument<string>("A.json") { Description = "The report to measure by, written with --save or --output json." };
        var after = new Argument<string>("B.json") { Description = "The report that is measured." };
        var command = new Command(
            "compare", "Shows two reports of one scenario beside each other. Exit codes: 0, 1 when throughput or p99 of B is worse than that of A by more than the threshold, 2 when they cannot be compared.")
        {
            before, after, _threshold,
        };
        command.SetAction(result => actions.Compare(result.GetValue(before)!, result.GetValue(after)!, result.GetValue(_threshold)));
        return command;
    }

    private LoadOptions Read(ParseResult result)
    {
        bool isCluster = result.GetValue(_target) == "cluster";
        return new LoadOptions
        {
            Target = result.GetValue(_target)!,
            Store = isCluster ? "postgres" : result.GetValue(_store)!,
            Scenario = result.GetValue(_scenario)!,
            Concurrency = result.GetValue(_concurrency),
            Duration = result.GetValue(_duration),
            Warmup = result.GetValue(_warmup),
            Count = result.GetValue(_count),
            Connection = result.GetValue(_connection),
            Server = result.GetValue(_server),
            Silos = result.GetValue(_silos),
            CallersInSilos = result.GetValue(_callers) == "in-silo",
            Lease = result.GetValue(_lease),
            Rate = result.GetValue(_rate),
            MaxUnderWay = result.GetValue(_maxUnderWay),
            Payload = result.GetValue(_payload),
            Mix = result.GetValue(_mix)!,
            Prefill = result.GetValue(_prefill),
            Interval = result.GetValue(_interval),
            JsonOnly = result.GetValue(_output) == "json",
            Plot = result.GetValue(_plot),
            Save = result.GetValue(_save),
        };
    }

    private IEnumerable<string> RunMistakes(ParseResult result, Scenario scenario)
    {
        string target = result.GetValue(_target)!;
        string store = result.GetValue(_store)!;
        bool hasServer = result.GetValue(_server) is not null;
        bool isOpen = IsGiven(result, _rate);
        (bool IsWrong, string Message)[] rules =
        [
            (store == "memory" && target != "cluster" && result.GetValue(_connection) is not null, MemoryConnection),
            (target == "cluster" && IsGiven(result, _store) && store != "postgres", "--target cluster shares one PostgreSQL: it goes with --store postgres."),
            (target == "cluster" && !scenario.IsLoop && result.GetValue(_callers) == "in-silo" && !scenario.NeedsEmbedded && !scenario.Fills, $"{scenario.Name} has no callers that could be in silos: with --target cluster it needs --callers http."),
            (target != "cluster" && OtherTarget.Find(target) is null && IsGiven(result, _silos), "--silos goes with --target cluster."),
            (target != "cluster" && IsGiven(result, _callers), "--callers goes with --target cluster."),
            (IsGiven(result, _lease) && (target == "embedded" || hasServer), "--lease is for silos that are started: it goes with --target http without --server, or cluster."),
            (hasServer && target != "http", "--server goes with --target http."),
            (target == "cluster" && scenario.Fills, $"{scenario.Name} does not need several silos: it goes with --target embedded or http."),
            (scenario.Fills && (hasServer || store == "memory"), $"{scenario.Name} fills a store first and then measures: it needs --store sqlite or postgres and a server of its own."),
            (scenario.NeedsEmbedded && target != "embedded" && !(scenario.LooksIntoSilos && OtherTarget.Find(target) is not null), $"{scenario.Name} looks into the process that runs executions: it needs --target embedded."),
            (result.GetValue(_prefill) > 0 && (hasServer || store == "memory" && target != "cluster"), "--prefill needs a store that it can write to before the run: --store sqlite or postgres, and no --server."),
            (isOpen && !scenario.IsLoop, $"{scenario.Name} has no loop of callers that could be open: leave --rate out."),
            (isOpen && IsGiven(result, _concurrency), "--concurrency is for a closed loop and --rate for an open one: leave one of them out; --max-under-way bounds what is under way in an open loop."),
            (!isOpen && IsGiven(result, _maxUnderWay), "--max-under-way goes with --rate."),
            (result.GetValue(_plot) is not null && !scenario.IsLoop, $"{scenario.Name} has no series over time that could be drawn: leave --plot out."),
            (IsGiven(result, _payload) && !scenario.HasPayload, $"--payload has no meaning for {scenario.Name}."),
            (IsGiven(result, _count) && scenario.Counted is null && scenario is not MixedScenario, $"--count has no meaning for {scenario.Name}."),
            (IsGiven(result, _mix) && scenario is not MixedScenario, "--mix goes with --scenario mixed."),
            (target == "cluster" && !isOpen && result.GetValue(_concurrency) < result.GetValue(_silos), "--concurrency must be at least one caller for each of the --silos."),
            (Mix.Parse(result.GetValue(_mix)!, out string problem) is null, $"--mix: {problem}."),
        ];
        return rules.Where(rule => rule.IsWrong).Select(rule => rule.Message);
    }

    private static bool IsGiven(ParseResult result, Option option) => result.GetResult(option) is { Implicit: false };
}
