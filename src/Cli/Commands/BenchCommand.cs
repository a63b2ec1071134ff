using System.CommandLine;
using Kontinue.Cli.Benchmarking;
using Kontinue.Cli.Connecting;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue bench</c>: measures a function at a steady rate.</summary>
internal static class BenchCommand
{
    private const double MaxPerSecond = 1_000_000;
    private const int MaxAtOnce = 100_000;

    public static Command Create(CliConsole console)
    {
        var function = new Argument<string>("FUNCTION") { Description = "The function's name." };
        Option<double> qps = Rate("--qps", "Executions to start per second, whether or not those before have ended.", 10);
        Option<int> concurrency = Count("--max-concurrency", "Executions that may be under way at once.", 10);
        var duration = new Option<string>("--duration") { Description = "How long to start executions, such as 30s.", DefaultValueFactory = _ => "30s" };
        Option<string[]> parameters = ParameterOption.Create();
        Option<double> clientQps = Rate("--client-qps", "Requests to the API per second, over time.", 100);
        Option<int> clientBurst = Count("--client-burst", "Requests to the API at once, after a rest.", 200);
        var command = new Command("bench", "Starts a function at a steady rate and reports throughput and latency. The executions stay on the server.")
        {
            function, qps, concurrency, duration, parameters, clientQps, clientBurst,
        };
        var options = new ClientOptions(console, command);
        ServerCompletion.Functions(function, console, options);
        command.Runs(console, options, async (parsed, cancellationToken) =>
        {
            if (!Duration.TryParse(parsed.GetValue(duration), out TimeSpan time) || time <= TimeSpan.Zero)
            {
                throw new UsageException($"--duration: '{parsed.GetValue(duration)}' is not a duration. Write a number and a unit, such as 30s, 5m or 1h30m.");
            }

            // One that nobody has is accepted and waits; a measurement of that would say nothing, for a long time.
            IKontinueClient client = options.Client(parsed, new RequestLimit(parsed.GetValue(clientQps), parsed.GetValue(clientBurst)));
            Function known = await GetFunctions.FindAsync(client, parsed.GetValue(function)!, cancellationToken);
            JsonPayload arguments = await ParameterOption.JoinAsync(default, parsed.GetValue(parameters), () => Task.FromResult(known.Spec.Arguments));
            var plan = new BenchPlan(
                ExecuteCommand.Describe(parsed.GetValue(function)!, arguments, name: null, options.NamespaceOf(parsed)),
                parsed.GetValue(qps), parsed.GetValue(concurrency), time);
            BenchReport report = await new BenchRun(console, client, plan).RunAsync(cancellationToken);
            if (options.IsJson(parsed))
            {
                report.WriteJson(console);
            }
            else
            {
                report.Write(console);
            }

            return report.Interrupted ? ExitCodes.Interrupted : report.Failed + report.Unfinished > 0 ? ExitCodes.Error : ExitCodes.Ok;
        });
        return command;
    }

    private static Option<double> Rate(string name, string description, double @default)
    {
        var option = new Option<double>(name) { Description = description, DefaultValueFactory = _ => @default };
        option.MustBe(n => n is > 0 and <= MaxPerSecond, $"{name} must be more than 0 and at most {MaxPerSecond:N0}.");
        return option;
    }

    private static Option<int> Count(string name, string description, int @default)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => @default };
        option.MustBe(n => n is >= 1 and <= MaxAtOnce, $"{name} must be from 1 to {MaxAtOnce:N0}.");
        return option;
    }
}
