using Kontinue.Grains.Jobs;
using Kontinue.Grains.Tests.Hosting;
using Kontinue.Hosting.Conformance;
using Microsoft.Extensions.Options;
using Xunit;

namespace Kontinue.Grains.Tests.Jobs;

public sealed class JobSetupTests
{
    [Fact]
    public async Task Without_the_storage_a_silo_does_not_start_and_says_what_is_missing()
    {
        Exception failure = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(new HostSetup(k => k.UseJobs(_ => new TestRunner("a")).UseJobGatewayGrain())));
        Assert.Contains("grain storage 'kontinue', which this silo does not have", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_runner_there_is_no_gateway()
    {
        Exception failure = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(new HostSetup(k => k.UseJobGatewayGrain())));
        Assert.Contains("call UseLocalJobs()", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void All_settings_that_cannot_work_are_named()
    {
        Assert.True(new JobGatewayOptionsValidator().Validate(null, new JobGatewayOptions()).Succeeded);
        ValidateOptionsResult result = new JobGatewayOptionsValidator().Validate(
            null, new JobGatewayOptions { RunnerPatience = TimeSpan.Zero, CheckInterval = TimeSpan.Zero, Retention = TimeSpan.Zero, MaxJobs = 0 });
        Assert.All(
            typeof(JobGatewayOptions).GetProperties(), property => Assert.Contains(property.Name, result.FailureMessage, StringComparison.Ordinal));
    }

    [Fact]
    public void All_settings_are_documented()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
        {
            folder = folder.Parent;
        }

        string page = File.ReadAllText(Path.Combine(folder!.FullName, "docs", "configuration.md"));
        string section = page[page.IndexOf("## JobGatewayOptions\n", StringComparison.Ordinal)..];
        Assert.All(typeof(JobGatewayOptions).GetProperties(), property => Assert.Contains($"| `{property.Name}` |", section, StringComparison.Ordinal));
    }

    private static async Task StartAsync(HostSetup setup)
    {
        await using GrainHosts host = await GrainHosts.StartAsync(setup, 1);
    }
}
