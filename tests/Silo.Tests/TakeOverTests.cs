using System.Diagnostics;
using System.Globalization;
using Kontinue.Hosting.Conformance;
using Kontinue.Resources;
using Kontinue.Silo.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Kontinue.Silo.Tests;

/// <summary>A silo dies under load: all that was acknowledged ends, and no step whose result is kept runs again.</summary>
[Collection(DatabaseCollection.Name)]
public sealed class TakeOverTests(Database databases, ITestOutputHelper output)
{
    private const int Many = 10_000;
    private const int Callers = 128;

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    [SkippableFact]
    public async Task Ten_thousand_executions_survive_a_killed_silo()
    {
        var ledger = new Ledger();
        await using SiloProcesses host = await SiloProcesses.StartAsync(await databases.NewAsync(), new RuleSettings { SuspendedResidency = TimeSpan.Zero }, ledger, count: 3);
        int created = 0;
        long died = 0;
        await ForAllAsync(async name =>
        {
            await host.CreateAsync(
                new Execution { Metadata = new ObjectMetadata { Name = name }, Spec = new ExecutionSpec { Function = RuleFunctions.Apart } }, TimeSpan.Zero);
            if (Interlocked.Increment(ref created) == Many / 2)
            {
                died = Stopwatch.GetTimestamp();
                await host.Silos[^1].KillAsync();
            }
        });
        TimeSpan toCreate = Stopwatch.GetElapsedTime(died);
        await ForAllAsync(async name =>
        {
            Execution ended = await host.WaitAsync(new ExecutionKey(ExecutionKey.DefaultNamespace, name), Deadline);
            Assert.True(ended.Status!.Phase == ExecutionPhase.Completed, $"{name} is {ended.Status.Phase}: {ended.Status.Error?.Message}");
            Assert.Equal($"[{ledger.Runs(name, "first")},{ledger.Runs(name, "second")}]", ended.Status.Result.ToString());
        });
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"After the kill the second half was created within {toCreate.TotalSeconds:F1} s, and all {Many} had ended within {Stopwatch.GetElapsedTime(died).TotalSeconds:F1} s. {Enumerable.Range(0, Many).Count(i => ledger.Runs($"t{i}", "first") + ledger.Runs($"t{i}", "second") > 2)} ran a step twice whose first result was lost."));
    }

    private static Task ForAllAsync(Func<string, Task> act) => Parallel.ForEachAsync(
        Enumerable.Range(0, Many), new ParallelOptions { MaxDegreeOfParallelism = Callers }, async (i, _) => await act($"t{i}"));
}
