using System.CommandLine;
using Kontinue.Chaos;
using Kontinue.Chaos.Silos;
using Kontinue.Testing.PostgreSql;

if (args is [SiloSettings.Command, ..])
{
    return await SiloProgram.RunAsync(SiloSettings.Parse(args));
}

// After Ctrl-C there are processes to be ended and a server to be removed.
return await new ChaosCommand().Build(RunAsync).Parse(args).InvokeAsync(
    new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(60) });

static async Task<int> RunAsync(ChaosOptions options, CancellationToken cancellationToken)
{
    if (!PrivatePostgres.TryFind(out string reason))
    {
        await Console.Error.WriteLineAsync(reason);
        return 2;
    }

    await using var run = new ChaosRun(options, Console.WriteLine);
    try
    {
        ChaosReport report = await run.RunAsync(cancellationToken);
        report.Write(Console.WriteLine);
        if (options.Report is not null)
        {
            await File.WriteAllTextAsync(options.Report, report.ToJson(), CancellationToken.None);
        }

        return report.Violations.Count == 0 ? 0 : 1;
    }
    catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
    {
        await Console.Error.WriteLineAsync($"Interrupted before the check. The seed was {options.Seed}.");
        return 130;
    }
}
