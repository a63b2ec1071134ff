using Kontinue.Chaos.Cluster;
using Kontinue.Testing.PostgreSql;

namespace Kontinue.Chaos;

/// <summary>A run by hand.</summary>
internal static class ChaosProgram
{
    /// <returns>The exit code: 0 when no rule was broken, 1 when one was, 2 when there is no PostgreSQL, 130 after Ctrl-C.</returns>
    public static async Task<int> RunAsync(ChaosOptions options, SiloHost host, CancellationToken cancellationToken)
    {
        if (!PrivatePostgres.TryFind(out string reason))
        {
            await Console.Error.WriteLineAsync(reason);
            return 2;
        }

        await using var run = new ChaosRun(options, Console.WriteLine, host);
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
}
