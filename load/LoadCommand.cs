using System.CommandLine;
using System.CommandLine.Parsing;

namespace Kontinue.Load;

/// <summary>The command line: what may be said, and what is said when it is wrong.</summary>
internal sealed class LoadCommand
{
    public static readonly string[] Scenarios = ["noop", "steps3", "children5", "sleep", "long", "suspended", "list", "watch"];

    private readonly Option<string> _target = OneOf("--target", "embedded: the engine in this process. http: a server in a process of its own, over the API.", "embedded", "embedded", "http");
    private readonly Option<string> _store = OneOf("--store", "Where executions are kept.", "sqlite", "sqlite", "postgres", "memory");
    private readonly Option<string> _scenario = OneOf("--scenario", "What is run.", "noop", Scenarios);
    private readonly Option<string> _output = OneOf("--output", "json: one JSON object and nothing else. text: a summary, then the JSON object.", "text", "json", "text");
    private readonly Option<int> _concurrency = Number("--concurrency", "Callers, each with one execution at a time.", 64, 1, 100_000);
    private readonly Option<int> _count = Number("--count", "Executions (sleep: 2,000; suspended: 100,000; list: 1,000,000 stored), steps (long: 1,000) or watches (watch: 1,000). 0: that default.", 0, 0, 10_000_000);
    private readonly Option<double> _duration = Seconds("--duration", "Seconds to measure (noop, steps3, children5, watch).", 10, 0.1);
    private readonly Option<double> _warmup = Seconds("--warmup", "Seconds to run before measuring.", 3, 0);
    private readonly Option<string?> _connection = new("--connection")
    {
        Description = "postgres: a connection string; default: a private server that is removed afterwards. sqlite: a folder; default: a temporary one.",
    };

    private readonly Option<Uri?> _server = Address("--server", "Target http: a server that runs already, started with the command serve. Default: one is started.");
    private readonly Option<Uri?> _urls = Address("--url", "Where to listen. Default: http://127.0.0.1 and a free port.");

    public RootCommand Build(Func<LoadOptions, CancellationToken, Task<int>> run, Func<LoadOptions, Uri, CancellationToken, Task<int>> serve)
    {
        var server = new Command("serve", "Runs a server with the functions of the load console, for --target http --server.") { _store, _connection, _urls };
        server.Validators.Add(CheckTogether);
        server.SetAction((result, cancellationToken) => serve(Read(result), result.GetValue(_urls) ?? new Uri("http://127.0.0.1:0"), cancellationToken));
        var root = new RootCommand(
            "Runs executions in a closed loop and reports throughput and latency beside the machine's own commit rate. " +
            "The last line printed is one JSON object.")
        {
            _target, _store, _scenario, _concurrency, _duration, _warmup, _count, _output, _connection, _server, server,
        };
        root.Validators.Add(CheckTogether);
        root.SetAction((result, cancellationToken) => run(Read(result), cancellationToken));
        return root;
    }

    private LoadOptions Read(ParseResult result) => new()
    {
        Target = result.GetValue(_target)!,
        Store = result.GetValue(_store)!,
        Scenario = result.GetValue(_scenario)!,
        Concurrency = result.GetValue(_concurrency),
        Duration = TimeSpan.FromSeconds(result.GetValue(_duration)),
        Warmup = TimeSpan.FromSeconds(result.GetValue(_warmup)),
        Count = result.GetValue(_count),
        JsonOnly = result.GetValue(_output) == "json",
        Connection = result.GetValue(_connection),
        Server = result.GetValue(_server),
    };

    private void CheckTogether(CommandResult result)
    {
        if (result.GetResult(_store) is { Errors: var errors } && errors.Any())
        {
            return;
        }

        if (result.GetValue(_store) == "memory" && result.GetValue(_connection) is not null)
        {
            result.AddError("--connection has no meaning with --store memory: leave one of them out.");
        }

        if (result.GetValue(_server) is not null && result.GetValue(_target) != "http")
        {
            result.AddError("--server goes with --target http.");
        }

        if (result.GetValue(_scenario) == "list" && (result.GetValue(_server) is not null || result.GetValue(_store) == "memory"))
        {
            result.AddError("list fills a store first and then measures: it needs --store sqlite or postgres and a server of its own.");
        }

        if (result.GetValue(_scenario) is "sleep" or "suspended" && result.GetValue(_target) == "http")
        {
            result.AddError($"{result.GetValue(_scenario)} looks into the process that runs executions: it needs --target embedded.");
        }
    }

    private static Option<string> OneOf(string name, string description, string fallback, params string[] values)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => fallback };
        option.HelpName = string.Join('|', values);
        option.Validators.Add(result => Check(result, text => values.Contains(text, StringComparer.Ordinal), $"is one of: {string.Join(", ", values)}"));
        return option;
    }

    private static Option<Uri?> Address(string name, string description)
    {
        var option = new Option<Uri?>(name) { Description = description, HelpName = "url" };
        option.CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https")
            {
                return uri;
            }

            result.AddError($"'{text}' is no value for {name}: it is an address such as http://127.0.0.1:8080.");
            return null;
        };
        return option;
    }

    private static Option<int> Number(string name, string description, int fallback, int min, int max)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => fallback };
        option.CustomParser = result => Parse<int>(result, text => int.TryParse(text, out int n) && n >= min && n <= max ? n : null, $"is a number from {min:N0} to {max:N0}");
        return option;
    }

    private static Option<double> Seconds(string name, string description, double fallback, double min)
    {
        var option = new Option<double>(name) { Description = description, HelpName = "seconds", DefaultValueFactory = _ => fallback };
        option.CustomParser = result => Parse<double>(result, text => double.TryParse(text, out double n) && n >= min && n <= 86_400 ? n : null, $"is a number of seconds from {min} to 86,400");
        return option;
    }

    private static T Parse<T>(ArgumentResult result, Func<string, T?> parse, string rule)
        where T : struct
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (parse(text) is { } value)
        {
            return value;
        }

        result.AddError($"'{text}' is no value for {(result.Parent as OptionResult)?.Option.Name}: it {rule}.");
        return default;
    }

    private static void Check(OptionResult result, Func<string, bool> accepts, string rule)
    {
        if (result.Tokens.Count == 1 && !accepts(result.Tokens[0].Value))
        {
            result.AddError($"'{result.Tokens[0].Value}' is no value for {result.Option.Name}: it {rule}.");
        }
    }
}
