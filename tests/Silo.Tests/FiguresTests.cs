using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Resources;
using Kontinue.Silo.Telemetry;
using Kontinue.Silo.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Kontinue.Silo.Tests;

/// <summary>What an autoscaler is told is what there is to do.</summary>
public sealed class FiguresTests
{
    private const int Capacity = 4;
    private const int Waiting = 1200;

    [Fact]
    public async Task A_long_backlog_is_counted_whole_with_what_runs_and_without_what_nobody_could_run()
    {
        var running = new SemaphoreSlim(0);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddKontinue(k => k
            .UseStore(static _ => new InMemoryStore(TimeProvider.System))
            .Configure(o => o.MaxConcurrentExecutions = Capacity)
            .AddFunction("holds", (KontinueContext ktx) => ktx.Step("hold", async token =>
            {
                running.Release();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            })));
        builder.Services.AddSingleton<SiloFigures>();
        using IHost host = builder.Build();
        await host.StartAsync();
        IKontinueClient client = host.Services.GetRequiredService<IKontinueClient>();
        for (int i = 0; i < Capacity + Waiting; i += 301)
        {
            await client.CreateManyAsync([.. Enumerable.Range(i, 301).Select(n => Given.Execution("holds", $"h-{n}"))]);
        }

        await client.CreateAsync(Given.Execution("not-here", "n"), TimeSpan.Zero);
        for (int i = 0; i < Capacity; i++)
        {
            Assert.True(await running.WaitAsync(TimeSpan.FromSeconds(30)), $"{Capacity} executions should run; {i} do.");
        }

        SiloFigures figures = host.Services.GetRequiredService<SiloFigures>();
        SiloReading reading = await figures.ReadAsync(CancellationToken.None);
        for (long began = TimeProvider.System.GetTimestamp(); reading.Status?.Executing != Capacity; reading = await figures.ReadAsync(CancellationToken.None))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(30), $"The silo should say that it runs {Capacity}; it says {reading.Status?.Executing}.");
        }

        Assert.Equal(Waiting, reading.Backlog);
        Assert.Equal((Capacity + Waiting) * 100 / Capacity, reading.Demand);
        Assert.Equal(Capacity, reading.Capacity);
        await host.StopAsync();
    }

    [Theory]
    [InlineData(0, 2000, 0, 0, 0)]
    [InlineData(3000, 2000, 2000, 2500, 450)]
    [InlineData(1, 2000, 0, 0, 1)]
    [InlineData(10_000, 1, 1, 1, 1_000_300)]

    // Silos that stop say that they are full, and have nothing.
    [InlineData(0, 2000, 2000, 0, 0)]
    public void The_demand_of_three_silos_is_what_they_run_and_what_waits(int backlog, int capacity, int executing, int resident, int percent) => Assert.Equal(
        percent, SiloFigures.Demand(backlog, Enumerable.Repeat(new Resources.SiloStatus { Phase = SiloPhase.Ready, Executing = executing, Resident = resident }, 3), capacity));
}
