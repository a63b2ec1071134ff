using Kontinue.Client;
using Kontinue.EndToEnd.Tests.Support;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Signals;
using Kontinue.Engine.Storage;
using Kontinue.Resources;
using Kontinue.Storage.PostgreSql;
using Kontinue.Testing.PostgreSql;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Kontinue.EndToEnd.Tests;

/// <summary>Two silos on one PostgreSQL database, also when no signal ever arrives: then they find everything by looking.</summary>
[Collection(StoresCollection.Name)]
public sealed class TwoSilosTests(Stores stores)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_done_through_one_silo_reaches_the_other(bool hasSignals)
    {
        PrivatePostgres postgres = await stores.PostgresAsync();
        string connectionString = await postgres.CreateDatabaseAsync();
        await using ServiceProvider one = await StartAsync("silo-1", connectionString, hasSignals);
        await using ServiceProvider two = await StartAsync("silo-2", connectionString, hasSignals);
        IKontinueClient first = one.GetRequiredService<IKontinueClient>();
        IKontinueClient second = two.GetRequiredService<IKontinueClient>();

        ExecutionKey told = (await first.StartAsync("waiter").WaitAsync(Deadline)).Key;
        Task<Execution> end = second.WaitAsync(told, Deadline);
        await second.SendEventAsync(told, "go", JsonPayload.From(7)).WaitAsync(Deadline);
        Assert.Equal(7, (await end.WaitAsync(Deadline)).GetResult<int>());

        ExecutionKey left = (await first.StartAsync("waiter").WaitAsync(Deadline)).Key;
        await StopAsync(one);
        await second.SendEventAsync(left, "go", JsonPayload.From(8)).WaitAsync(Deadline);
        Execution ended = await second.WaitAsync(left, Deadline).WaitAsync(Deadline);
        Assert.Equal(8, ended.GetResult<int>());
        Assert.Equal("silo-2", ended.Status!.Silo);
        await StopAsync(two);
    }

    private static async Task<ServiceProvider> StartAsync(string name, string connectionString, bool hasSignals)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddKontinue(k =>
        {
            k.UsePostgreSql(connectionString).Configure(o => o.SiloName = name);
            if (!hasSignals)
            {
                k.UseSignals(_ => new LosingBus());
            }

            k.AddFunction("waiter", (KontinueContext ktx) => ktx.Event<int>("go"));
        });
        ServiceProvider provider = services.BuildServiceProvider();
        foreach (IHostedService service in provider.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None).WaitAsync(Deadline);
        }

        return provider;
    }

    private static async Task StopAsync(ServiceProvider provider)
    {
        foreach (IHostedService service in provider.GetServices<IHostedService>())
        {
            await service.StopAsync(CancellationToken.None).WaitAsync(Deadline);
        }
    }

    private sealed class LosingBus : ISignalBus
    {
        public Task StartAsync(
            SiloId silo, string workerGroup, Action<IReadOnlyList<Signal>> onSignals, Action onGap, CancellationToken cancellationToken) =>
            Task.CompletedTask;

        public void Send(in Signal signal)
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
