using Kontinue.Resources;
using Kontinue.Silo.Tests.Support;
using Xunit;

namespace Kontinue.Silo.Tests;

/// <summary>Jobs as processes of their own, under silos that are killed.</summary>
[Collection(DatabaseCollection.Name)]
public sealed class JobTests(Database databases) : IDisposable
{
    private const int Gateways = 16;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("kontinue-jobs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public async Task The_silo_with_the_gateways_is_killed_and_each_end_is_heard_of_a_process_that_ran_once()
    {
        string database = await databases.NewAsync();
        await using SiloProcess one = await StartAsync(database, "one");
        await UntilAsync(() => GatewaysOn(one) == Gateways, () => $"{GatewaysOn(one)} gateways are on the first silo, which said:\n{one.Output}");
        await using SiloProcess two = await StartAsync(database, "two");
        string[] ofOne = [await RunAsync(one, "a1"), await RunAsync(one, "a2")];
        string[] ofTwo = [.. await Task.WhenAll(Enumerable.Range(0, 6).Select(i => RunAsync(two, $"b{i}")))];
        foreach (string name in (string[])[.. ofOne, .. ofTwo])
        {
            await UntilAsync(() => Begun(name) == 1, () => $"The job of {name} has not begun. The silos said:\n{one.Output}\n{two.Output}");
        }

        await one.KillAsync();
        await UntilAsync(() => GatewaysOn(two) == Gateways, () => $"{GatewaysOn(two)} gateways are on the second silo, which said:\n{two.Output}");
        await File.WriteAllTextAsync(Path.Combine(_folder, "go"), "");
        foreach (string name in ofTwo)
        {
            await EndsAsync(two, name, "Succeeded");
        }

        // Their processes have lived on; the silo of their name finds how they ended.
        await using SiloProcess again = await StartAsync(database, "one");
        foreach (string name in ofOne)
        {
            await EndsAsync(two, name, "Succeeded");
        }

        Assert.All((string[])[.. ofOne, .. ofTwo], name => Assert.Equal(1, Begun(name)));
        await using SiloProcess intruder = SiloProcess.Launch(database, "three", [.. Settings("one")]);
        Assert.Equal(1, await intruder.ExitCodeAsync());
        Assert.Contains("Give each silo its own (LocalJobsOptions.StateDirectory)", intruder.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", intruder.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_job_whose_silo_stays_away_is_lost_and_is_ended_when_that_one_is_back()
    {
        string database = await databases.NewAsync();
        await using SiloProcess one = await StartAsync(database, "one", "Kontinue:Jobs:Gateway:RunnerPatience=2s");
        await using SiloProcess two = await StartAsync(database, "two", "Kontinue:Jobs:Gateway:RunnerPatience=2s");
        string name = await RunAsync(one, "x");
        await UntilAsync(() => Begun(name) == 1, () => $"The job has not begun. The silo said:\n{one.Output}");
        await one.KillAsync();
        await EndsAsync(two, name, "Lost");
        Assert.Equal((1, false), (Begun(name), File.Exists(Path.Combine(_folder, $"{name}.ended"))));

        await using SiloProcess again = await StartAsync(database, "one", "Kontinue:Jobs:Gateway:RunnerPatience=2s");
        await UntilAsync(() => File.Exists(Path.Combine(_folder, $"{name}.ended")), () => $"The process was not ended. The silo said:\n{again.Output}");
        Assert.Equal(1, Begun(name));
    }

    [SkippableFact]
    public async Task One_silo_alone_runs_jobs_too()
    {
        await using SiloProcess silo = await StartAsync(await databases.NewAsync(), "one", "Kontinue:Silo:Clustering=Localhost");
        await File.WriteAllTextAsync(Path.Combine(_folder, "go"), "");
        await EndsAsync(silo, await RunAsync(silo, "x"), "Succeeded");
    }

    private Task<SiloProcess> StartAsync(string database, string name, params string[] settings) =>
        SiloProcess.StartAsync(database, name, [.. Settings(name), .. settings]);

    private IEnumerable<string> Settings(string name) =>
    [
        $"Kontinue:Silo:Functions:0={typeof(JobModule).Assembly.Location}", "Kontinue:Jobs:Runner=Local", $"Kontinue:Jobs:Local:StateDirectory={Path.Combine(_folder, name)}",
        "Kontinue:Jobs:Local:StopGrace=500ms", "Kontinue:Jobs:Gateway:CheckInterval=500ms", "Logging:LogLevel:Kontinue.Grains.Jobs=Debug",
    ];

    /// <summary>Creates an execution whose job notes that it has begun, and waits until it may end or is told to.</summary>
    private async Task<string> RunAsync(SiloProcess silo, string name)
    {
        string file = Path.Combine(_folder, name);
        string script = $"trap 'echo x > {file}.ended; exit 1' TERM; echo x >> {file}.begun; while test -d {_folder} -a ! -e {_folder}/go; do sleep 0.05; done";
        await silo.Client.CreateAsync(
            new Execution
            {
                Metadata = new ObjectMetadata { Name = name }, Spec = new ExecutionSpec { Function = JobModule.Function, Arguments = JsonPayload.From(new Script(script)) },
            },
            TimeSpan.Zero);
        return name;
    }

    private int Begun(string name) => File.Exists(Path.Combine(_folder, $"{name}.begun")) ? File.ReadAllLines(Path.Combine(_folder, $"{name}.begun")).Length : 0;

    /// <summary>How many gateways a silo has had; one that it has had stays there as long as it lives.</summary>
    private static int GatewaysOn(SiloProcess silo) =>
        Enumerable.Range(0, Gateways).Count(gateway => silo.Output.Contains($"Job gateway {gateway} is on this silo", StringComparison.Ordinal));

    private static async Task EndsAsync(SiloProcess silo, string name, string outcome)
    {
        Execution ended = await silo.Client.WaitAsync(new ExecutionKey(ExecutionKey.DefaultNamespace, name), Deadline);
        Assert.True(ended.Status!.Result.ToString() == $"\"{outcome}\"", $"{name} is {ended.Status.Phase} with {ended.Status.Result}. The silo said:\n{silo.Output}");
    }

    private static async Task UntilAsync(Func<bool> condition, Func<string> otherwise)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Deadline, $"Waited {Deadline.TotalSeconds} s in vain. {otherwise()}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}
