using Kontinue.Engine.Hosting;
using Kontinue.Engine.Jobs;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace Kontinue.Jobs.Tests.Local;

public sealed class LocalJobsOptionsTests
{
    public static TheoryData<string, Action<LocalJobsOptions>> Bad => new()
    {
        { "StateDirectory", o => o.StateDirectory = " " },
        { "MaxRunning", o => o.MaxRunning = 0 },
        { "MaxRunningPerFunction", o => o.MaxRunningPerFunction = 0 },
        { "MaxQueued", o => o.MaxQueued = -1 },
        { "MaxLogLines", o => o.MaxLogLines = 1001 },
        { "MaxLogBytes", o => o.MaxLogBytes = 65_537 },
        { "StopGrace", o => o.StopGrace = TimeSpan.FromHours(2) },
        { "RetryBackoff", o => o.RetryBackoff = TimeSpan.FromSeconds(-1) },
        { "Retention", o => o.Retention = TimeSpan.FromSeconds(59) },
        { "SweepInterval", o => o.SweepInterval = TimeSpan.Zero },
        { "PollInterval", o => o.PollInterval = TimeSpan.Zero },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Resolve_BadSetting_IsRefusedByName(string setting, Action<LocalJobsOptions> spoil)
    {
        using ServiceProvider services = Build(spoil);
        var refused = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IJobGateway>());

        Assert.StartsWith(setting + " ", Assert.Single(refused.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attach_FolderThatCannotBeMade_SaysWhichAndByWhichSetting()
    {
        string file = Path.GetTempFileName();
        try
        {
            string folder = Path.Combine(file, "jobs");
            using var runner = new LocalProcessRunner(
                new LocalJobsOptions { StateDirectory = folder }, "silo", TimeProvider.System, NullLogger<LocalProcessRunner>.Instance);
            InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => runner.AttachAsync(listener: null!, CancellationToken.None));
            Assert.Contains($"'{folder}' cannot be made (LocalJobsOptions.StateDirectory)", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Resolve_Defaults_MakesARunner()
    {
        using ServiceProvider services = Build(_ => { });

        Assert.IsType<LocalProcessRunner>(services.GetRequiredService<IJobGateway>());
    }

    private static ServiceProvider Build(Action<LocalJobsOptions> configure) => new ServiceCollection()
        .AddLogging()
        .AddKontinue(k => k.UseStore(_ => new InMemoryStore(TimeProvider.System)).UseLocalJobs(configure))
        .BuildServiceProvider();
}
