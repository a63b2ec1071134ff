using System.Collections.Concurrent;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Kontinue.Engine.Tests.Cluster;

/// <summary>A host that decides by itself where executions run: the engine finds and claims, it chooses.</summary>
public sealed class AssignerTests : SilosTest
{
    private readonly FakeAssigner _assigner = new();
    private readonly TaskCompletionSource _mayEnd = new();

    [Fact]
    public async Task What_nobody_runs_is_run_where_it_is_assigned()
    {
        await using TestHost one = await StartAsync(Code, OnePlace);
        await using TestHost two = await one.StartBesideAsync("silo-2");
        _assigner.Chosen = two.Engine;
        ExecutionKey busy = await one.StartFunctionAsync("busy");
        ExecutionKey key = await one.StartFunctionAsync("f");
        ((ILocalSilo)one.Engine).LookForWork();

        Assert.Equal(1, await one.ResultAsync<int>(key));
        Assert.Contains(key, _assigner.Assigned);
        _mayEnd.SetResult();
        await one.WaitForEndAsync(busy);
    }

    [Fact]
    public async Task What_is_assigned_to_nobody_stays_a_row_until_a_silo_is_woken_for_it()
    {
        await using TestHost one = await StartAsync(Code, OnePlace);
        await using TestHost two = await one.StartBesideAsync("silo-2");
        ExecutionKey busy = await one.StartFunctionAsync("busy");
        ExecutionKey key = await one.StartFunctionAsync("f");
        ((ILocalSilo)two.Engine).LookForWork();
        await Wait.Until(() => _assigner.Assigned.Contains(key));

        Assert.Equal(ExecutionPhase.Pending, (await one.Client.GetAsync(key)).Status!.Phase);
        ((ILocalSilo)two.Engine).Wake([key]);
        Assert.Equal(1, await one.ResultAsync<int>(key));
        _mayEnd.SetResult();
        await one.WaitForEndAsync(busy);
    }

    [Fact]
    public async Task The_assigner_hears_what_leaves_memory()
    {
        await using TestHost one = await StartAsync(Code);
        ExecutionKey key = await one.StartFunctionAsync("f");
        await one.WaitForEndAsync(key);
        await Wait.Until(() => _assigner.Gone.Contains(key));
    }

    [Fact]
    public void A_silo_that_its_host_starts_is_no_part_of_the_applications_start()
    {
        var services = new ServiceCollection();
        services.AddKontinue(k => k.UseStore(_ => new InMemoryStore(TimeProvider.System)).StartWithApplication = false);

        Assert.DoesNotContain(services, service => service.ServiceType == typeof(IHostedService));
        Assert.Contains(services, service => service.ServiceType == typeof(ILocalSilo));
    }

    private static void OnePlace(KontinueOptions options) => options.MaxConcurrentExecutions = 1;

    private void Code(KontinueBuilder k) => k.UseAssigner(_ => _assigner)
        .AddFunction("f", (KontinueContext _) => Task.FromResult(1))
        .AddFunction("busy", (KontinueContext ktx) => ktx.Step("a", () => _mayEnd.Task));

    private sealed class FakeAssigner : IExecutionAssigner
    {
        public bool IsFinder { get; set; } = true;

        public ILocalSilo? Chosen { get; set; }

        public ConcurrentQueue<ExecutionKey> Assigned { get; } = [];

        public ConcurrentQueue<ExecutionKey> Gone { get; } = [];

        public void Assign(IReadOnlyList<ExecutionKey> keys)
        {
            foreach (ExecutionKey key in keys)
            {
                Assigned.Enqueue(key);
            }

            Chosen?.Wake(keys);
        }

        public void Left(ExecutionKey key) => Gone.Enqueue(key);
    }
}
