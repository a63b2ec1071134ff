using Kontinue.Engine.Hosting;

namespace Kontinue.Silo.Tests;

/// <summary>A module as a user would write one.</summary>
public sealed class TestModule : IKontinueModule
{
    /// <summary>
    /// One step, whose argument is a file: whoever runs it adds its process id there. The first process then never comes back from it; the next one ends
    /// it. Its result is that one's process id.
    /// </summary>
    public const string Stuck = "stuck";

    public void Configure(KontinueBuilder builder) => builder
        .AddFunction("from-module", static (KontinueContext _) => Task.FromResult(42))
        .AddFunction<StuckArguments, int>(Stuck, static (context, arguments) => context.Step("run", async cancellationToken =>
        {
            bool isFirst = !File.Exists(arguments.File);
            await File.AppendAllTextAsync(arguments.File, $"{Environment.ProcessId}\n", CancellationToken.None);
            if (isFirst)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            return Environment.ProcessId;
        }));
}

/// <summary>The file to which each process that runs <see cref="TestModule.Stuck"/> adds its id.</summary>
public sealed record StuckArguments(string File);
