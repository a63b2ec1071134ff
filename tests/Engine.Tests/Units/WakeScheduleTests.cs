using Kontinue.Engine.Hosting;
using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class WakeScheduleTests
{
    [Fact]
    public void Executions_are_woken_at_their_earliest_time_once()
    {
        var time = new ManualTimeProvider();
        var woken = new List<string>();
        using var schedule = new WakeSchedule(time, keys => woken.AddRange(keys.Select(key => $"{key.Name}@{(time.GetUtcNow() - ManualTimeProvider.Start).TotalSeconds:0}")));
        schedule.Add(TestHost.Key("a"), ManualTimeProvider.Start.AddSeconds(20));
        schedule.Add(TestHost.Key("b"), ManualTimeProvider.Start.AddSeconds(10));
        schedule.Add(TestHost.Key("a"), ManualTimeProvider.Start.AddSeconds(5));
        schedule.Add(TestHost.Key("b"), ManualTimeProvider.Start.AddSeconds(30));
        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(["a@5", "b@10"], woken);
    }
}
