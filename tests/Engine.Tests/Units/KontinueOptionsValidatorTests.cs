using Microsoft.Extensions.Options;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class KontinueOptionsValidatorTests
{
    private static ValidateOptionsResult Validate(Action<KontinueOptions> change)
    {
        var options = new KontinueOptions { SiloName = "silo-1" };
        change(options);
        return new KontinueOptionsValidator().Validate(null, options);
    }

    public static TheoryData<string> Names => [.. Bad.Keys];

    private static Dictionary<string, Action<KontinueOptions>> Bad { get; } = new()
    {
        [nameof(KontinueOptions.SiloName)] = o => o.SiloName = " ",
        [nameof(KontinueOptions.WorkerGroup)] = o => o.WorkerGroup = "My group",
        [nameof(KontinueOptions.Version)] = o => o.Version = new string('1', 129),
        [nameof(KontinueOptions.PriorityAging)] = o => o.PriorityAging = TimeSpan.FromSeconds(121),
        [nameof(KontinueOptions.Lease)] = o => o.Lease = TimeSpan.FromMilliseconds(999),
        [nameof(KontinueOptions.MaxConcurrentExecutions)] = o => o.MaxConcurrentExecutions = 0,
        [nameof(KontinueOptions.MaxConcurrentSteps)] = o => o.MaxConcurrentSteps = 0,
        [nameof(KontinueOptions.MaxResidentSuspended)] = o => o.MaxResidentSuspended = -1,
        [nameof(KontinueOptions.SuspendedResidency)] = o => o.SuspendedResidency = TimeSpan.FromTicks(-1),
        [nameof(KontinueOptions.MaxPayloadBytes)] = o => o.MaxPayloadBytes = 1023,
        [nameof(KontinueOptions.ShutdownGrace)] = o => o.ShutdownGrace = TimeSpan.FromTicks(-1),
        [nameof(KontinueOptions.SweepInterval)] = o => o.SweepInterval = TimeSpan.FromMilliseconds(9),
        [nameof(KontinueOptions.DeletionHistory)] = o => o.DeletionHistory = TimeSpan.FromSeconds(59),
        [nameof(KontinueOptions.MaxBatchUnits)] = o => o.MaxBatchUnits = 0,
        [nameof(KontinueOptions.MaxBatchBytes)] = o => o.MaxBatchBytes = (64 * 1024) - 1,
        [nameof(KontinueOptions.MaxQueuedRequests)] = o => o.MaxQueuedRequests = 0,
        [nameof(KontinueOptions.RequestTimeout)] = o => o.RequestTimeout = TimeSpan.Zero,
        [nameof(KontinueOptions.MaxWatches)] = o => o.MaxWatches = 0,
        [nameof(KontinueOptions.MaxWatchBacklog)] = o => o.MaxWatchBacklog = 15,
        [nameof(KontinueOptions.WatchPollInterval)] = o => o.WatchPollInterval = TimeSpan.FromMilliseconds(9),
    };

    [Fact]
    public void The_defaults_are_good() => Assert.True(Validate(_ => { }).Succeeded);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_setting_that_cannot_work_is_refused_and_named(string name)
    {
        ValidateOptionsResult result = Validate(Bad[name]);

        Assert.StartsWith(name, Assert.Single(result.Failures!), StringComparison.Ordinal);
    }

    [Fact]
    public void A_negative_aging_a_null_version_and_a_null_group_are_refused()
    {
        Assert.True(Validate(o => o.PriorityAging = TimeSpan.FromTicks(-1)).Failed);
        Assert.True(Validate(o => o.Version = null!).Failed);
        Assert.True(Validate(o => o.WorkerGroup = null!).Failed);
    }

    [Fact]
    public void The_edges_are_good() => Assert.True(Validate(o =>
    {
        o.PriorityAging = TimeSpan.FromMinutes(2);
        o.Version = new string('1', 128);
        o.WorkerGroup = new string('a', 63);
    }).Succeeded);

    [Fact]
    public void The_lowest_priority_is_found_ahead_of_its_rank()
    {
        DateTimeOffset now = DateTimeOffset.UnixEpoch;

        Assert.True(Executions.Priorities.Rank(now, Executions.Priorities.Last, TimeSpan.FromMinutes(2)) < now + Storage.StoreArguments.PendingAhead);
    }

    [Fact]
    public void A_function_has_limits_of_at_least_one()
    {
        foreach (Action<Functions.FunctionOptions> change in (Action<Functions.FunctionOptions>[])[o => o.Concurrency.Limit = 0, o => o.Concurrency.KeyLimit = 0])
        {
            var options = new Functions.FunctionOptions();
            change(options);
            Assert.Contains("'f'", Assert.Throws<ArgumentException>(() => options.Validate("f")).Message, StringComparison.Ordinal);
        }
    }
}
