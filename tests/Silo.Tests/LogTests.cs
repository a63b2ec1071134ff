using Kontinue.Silo.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Kontinue.Silo.Tests;

/// <summary>What an operator reads: nothing that means nothing, and all that means something.</summary>
[Collection(DatabaseCollection.Name)]
public sealed class LogTests(Database databases, ITestOutputHelper output)
{
    private static readonly string[] Worrying = [" warn: ", " fail: ", " crit: "];

    /// <summary>A silo that starts on a busy machine may leave a probe without an answer for some hundred milliseconds, which is said with reason.</summary>
    private static readonly string[] PatientProbes = ["Kontinue:Membership:ProbeTimeout=5s", "Kontinue:Membership:MaxProbeTimeout=10s"];

    [SkippableFact]
    public async Task Starts_and_stops_are_quiet_and_what_Orleans_says_of_a_dead_silo_is_heard()
    {
        string database = await databases.NewAsync();
        await using SiloProcess one = await SiloProcess.StartAsync(database, "one", PatientProbes);
        await using SiloProcess two = await SiloProcess.StartAsync(database, "two", PatientProbes);
        await using (SiloProcess third = await SiloProcess.StartAsync(database, "third", PatientProbes))
        {
            third.Signal(SiloProcess.Terminate);
            Assert.Equal(0, await third.ExitCodeAsync());
            Quiet(third);
        }

        Quiet(one);
        Quiet(two);
        await two.KillAsync();
        await one.SaysAsync("Silo two has left or died; what it ran is taken over.");
        output.WriteLine(one.Output);
        Assert.Contains(one.Output.Split('\n'), line => line.Contains(" warn: Orleans.", StringComparison.Ordinal));
        one.Signal(SiloProcess.Terminate);
        Assert.Equal(0, await one.ExitCodeAsync());
    }

    [SkippableFact]
    public async Task A_part_that_fails_while_a_silo_runs_is_named_and_ends_it_with_an_error()
    {
        string database = await databases.NewAsync();
        await using SiloProcess silo = SiloProcess.Launch(
            database, "one", $"Kontinue:Silo:Functions:0={Path.Combine(NextSilo.OutputOf("Silo.Module"), "Kontinue.Silo.Module.dll")}", "SUM_MODULE_FAILS_IN=background");
        Assert.Equal(1, await silo.ExitCodeAsync());
        Assert.Contains(
            "error: Kontinue.Silo.Modules.SumModule+Background failed, and with it the silo: It was told to fail in its background.", silo.Output, StringComparison.Ordinal);
    }

    private static void Quiet(SiloProcess silo) => Assert.DoesNotContain(
        silo.Output.Split('\n'), line => Array.Exists(Worrying, word => line.Contains(word, StringComparison.Ordinal)));
}
