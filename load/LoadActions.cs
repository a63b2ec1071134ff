using Kontinue.Load.CommandLine;
using Kontinue.Load.Reporting;
using Kontinue.Load.Silos;
using Kontinue.Load.Stores;
using Kontinue.Load.Targets;

namespace Kontinue.Load;

/// <summary>Does what the command line says, and says what went wrong.</summary>
internal sealed class LoadActions : ILoadActions
{
    private const int Failed = 1;
    private const int Unusable = 2;
    private const int Interrupted = 130;

    public async Task<int> RunAsync(LoadOptions options, CancellationToken cancellationToken)
    {
        try
        {
            Report report = await LoadRun.RunAsync(options, options.JsonOnly ? null : Console.Error, cancellationToken);
            string json = ReportJson.Write(report);
            if (options.JsonOnly)
            {
                await Console.Out.WriteLineAsync(json);
            }
            else
            {
                ReportText.Write(report, Console.Out);
            }

            // After the figures are out, so that a full disk does not take them away.
            if (options.Save is not null)
            {
                await File.WriteAllTextAsync(options.Save, json + "\n", CancellationToken.None);
            }

            if (options.Plot is not null)
            {
                Plot.Save(report, options.Plot);
            }

            return report.Errors == 0 ? 0 : Failed;
        }
        catch (Exception problem) when (problem is StoreUnusableException or TargetUnusableException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(problem.Message);
            return Unusable;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Interrupted before anything was measured.");
            return Interrupted;
        }
    }

    public Task<int> ServeAsync(LoadOptions options, string? name, Uri address, CancellationToken cancellationToken) =>
        ServeAsync(() => LoadServer.RunAsync(options, name, address, cancellationToken));

    public Task<int> BeSiloAsync(LoadOptions options, string name) => ServeAsync(() => SiloServer.RunAsync(options, name));

    public int Compare(string before, string after, double threshold)
    {
        try
        {
            var comparison = Comparison.Of(ReportJson.Read(before), ReportJson.Read(after), threshold);
            comparison.Write(Console.Out);
            return comparison.IsWorse ? Failed : 0;
        }
        catch (ReportUnreadableException problem)
        {
            Console.Error.WriteLine(problem.Message);
            return Unusable;
        }
    }

    private static async Task<int> ServeAsync(Func<Task> serve)
    {
        try
        {
            await serve();
            return 0;
        }
        catch (Exception problem) when (problem is StoreUnusableException or IOException)
        {
            await Console.Error.WriteLineAsync(problem.Message);
            return Unusable;
        }
    }
}
