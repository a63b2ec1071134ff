using System.CommandLine;
using Kontinue.Load;
using Kontinue.Load.Stores;
using Kontinue.Load.Targets;

ParseResult parsed = new LoadCommand().Build(RunAsync, ServeAsync).Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
    {
        await Console.Error.WriteLineAsync(error.Message);
    }

    await Console.Error.WriteLineAsync("See --help.");
    return 2;
}

// After Ctrl-C the figures so far are still to be written, and a private server to be stopped.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(60) });

static async Task<int> RunAsync(LoadOptions options, CancellationToken cancellationToken)
{
    try
    {
        Report report = await LoadRun.RunAsync(options, cancellationToken);
        report.Write(Console.Out, options.JsonOnly);
        return report.Errors == 0 ? 0 : 1;
    }
    catch (Exception problem) when (problem is StoreUnusableException or TargetUnusableException)
    {
        await Console.Error.WriteLineAsync(problem.Message);
        return 2;
    }
    catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
    {
        await Console.Error.WriteLineAsync("Interrupted before anything was measured.");
        return 130;
    }
}

static async Task<int> ServeAsync(LoadOptions options, Uri address, CancellationToken cancellationToken)
{
    try
    {
        await LoadServer.RunAsync(options, address, cancellationToken);
        return 0;
    }
    catch (Exception problem) when (problem is StoreUnusableException or IOException)
    {
        await Console.Error.WriteLineAsync(problem.Message);
        return 2;
    }
}
