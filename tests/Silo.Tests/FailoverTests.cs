using System.Diagnostics;
using System.Globalization;
using Kontinue.Client;
using Kontinue.Resources;
using Kontinue.Silo.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Kontinue.Silo.Tests;

/// <summary>
/// Callers have their answers when a silo goes that runs what they wait for, or through which they are connected. How soon is printed, and not asserted: that
/// depends on what else the machine does. What is promised are 3 s after a kill and 10 s after a freeze.
/// </summary>
[Collection(DatabaseCollection.Name)]
public sealed class FailoverTests(Database databases, ITestOutputHelper output)
{
    private const int Many = 24;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [SkippableTheory]
    [InlineData(2)]
    [InlineData(3)]
    public Task What_runs_on_a_killed_silo_ends_on_another(int silos) =>
        MoveAsync(silos, "kill -9", static silo => silo.KillAsync());

    [SkippableTheory]
    [InlineData(2)]
    [InlineData(3)]
    public Task What_runs_on_a_frozen_silo_ends_on_another(int silos) => MoveAsync(
        silos, "SIGSTOP",
        static silo =>
        {
            silo.Signal(SiloProcess.Stop);
            return Task.CompletedTask;
        });

    private async Task MoveAsync(int count, string fault, Func<SiloProcess, Task> end)
    {
        string database = await databases.NewAsync();
        string folder = Directory.CreateTempSubdirectory("kontinue-failover-").FullName;
        SiloProcess[] silos = [.. Enumerable.Range(1, count).Select(i => SiloProcess.Launch(
            database, $"silo-{i}", $"Kontinue:Silo:Functions:0={typeof(TestModule).Assembly.Location}"))];
        try
        {
            await Task.WhenAll(silos.Select(silo => silo.StartedAsync()));
            await using GrainCaller caller = await GrainCaller.StartAsync(database);
            await AllKnownAsync(caller.Client, count);

            // What runs, what waits for a word, and those who wait for both.
            string[] running = [.. Enumerable.Range(0, Many).Select(i => $"r{i}")];
            string[] asking = [.. Enumerable.Range(0, Many).Select(i => $"a{i}")];
            await Task.WhenAll(running.Select(name => caller.Client.CreateAsync(Given.Execution(TestModule.Stuck, name, new StuckArguments(Path.Combine(folder, name))), TimeSpan.Zero)));
            await Task.WhenAll(asking.Select(name => caller.Client.CreateAsync(Given.Execution("approval", name), TimeSpan.Zero)));
            Task<Execution>[] waits = [.. running.Concat(asking).Select(name => caller.Client.WaitAsync(Key(name), Deadline))];
            Dictionary<string, int> ranOn = [];
            await UntilAsync(
                () =>
                {
                    ranOn = running.Select(name => (Name: name, Process: FirstOf(Path.Combine(folder, name)))).Where(one => one.Process != 0).ToDictionary(one => one.Name, one => one.Process);
                    return Task.FromResult(ranOn.Count == Many);
                },
                "all to run");
            await UntilAsync(async () => (await caller.Client.ListSuspensionsAsync(new ListQuery())).Items.Count == Many, "all to be suspended");

            SiloProcess victim = silos.MaxBy(silo => ranOn.Values.Count(process => process == silo.Id))!;
            string[] moved = [.. running.Where(name => ranOn[name] == victim.Id)];
            SiloProcess[] others = [.. silos.Where(silo => silo != victim)];
            Task<Execution>[] apiWaits = [.. moved.Select(name => others[0].Client.WaitAsync(Key(name), Deadline))];
            long began = Stopwatch.GetTimestamp();
            await end(victim);
            Task<TimeSpan> atTheApi = TimeAsync(apiWaits, began);
            Task<TimeSpan> ofTheRunning = TimeAsync(moved.Select(name => waits[Array.IndexOf(running, name)]), began);
            await Task.WhenAll(asking.Select(name => others[^1].Client.ResumeAsync(Key(name), "approval", JsonPayload.Parse("""{"approved":true}"""))));
            TimeSpan resumed = Stopwatch.GetElapsedTime(began);
            Task<TimeSpan> ofTheAsking = TimeAsync(waits[Many..], began);
            (TimeSpan toRun, TimeSpan overApi, TimeSpan toResume) = (await ofTheRunning, await atTheApi, await ofTheAsking);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{fault} of 1 of {count} silos. Of {Many} that ran, {moved.Length} were there: ended after {toRun.TotalSeconds:F1} s for a grain client, {overApi.TotalSeconds:F1} s over HTTP. {Many} suspended: resumed within {resumed.TotalSeconds:F1} s, ended after {toResume.TotalSeconds:F1} s for a grain client."));

            foreach (string name in moved)
            {
                Execution ended = await waits[Array.IndexOf(running, name)];
                Assert.Equal(ExecutionPhase.Completed, ended.Status!.Phase);
                Assert.NotEqual(victim.Id.ToString(CultureInfo.InvariantCulture), ended.Status.Result.ToString());
                Assert.Equal(2, (await File.ReadAllLinesAsync(Path.Combine(folder, name))).Length);
            }

            // What ran elsewhere was left alone.
            Assert.All(running.Except(moved), name => Assert.Single(File.ReadAllLines(Path.Combine(folder, name))));
            Assert.NotEmpty(moved);
        }
        finally
        {
            foreach (SiloProcess silo in silos)
            {
                await silo.DisposeAsync();
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Each silo has been heard of by all, and takes work.</summary>
    private static Task AllKnownAsync(IKontinueClient client, int count) => UntilAsync(
        async () => (await client.ListSilosAsync()).Items.Count(silo => silo.Status!.Phase == SiloPhase.Ready) == count, "all silos to be ready");

    private static async Task<TimeSpan> TimeAsync(IEnumerable<Task<Execution>> waits, long began)
    {
        await Task.WhenAll(waits);
        return Stopwatch.GetElapsedTime(began);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        long began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Deadline, $"Waited {Deadline.TotalSeconds:F0} s in vain for {what}.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    /// <summary>The process that began it; 0 while there is none.</summary>
    private static int FirstOf(string file) =>
        File.Exists(file) && File.ReadAllText(file) is var text && text.Contains('\n', StringComparison.Ordinal)
            ? int.Parse(text.Split('\n')[0], CultureInfo.InvariantCulture)
            : 0;

    private static ExecutionKey Key(string name) => new(ExecutionKey.DefaultNamespace, name);
}
