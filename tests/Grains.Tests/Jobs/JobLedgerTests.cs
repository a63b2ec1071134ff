using Kontinue.Engine.Jobs;
using Kontinue.Grains.Jobs;
using Xunit;

namespace Kontinue.Grains.Tests.Jobs;

public sealed class JobLedgerTests
{
    private const int Max = 3;
    private static readonly TimeSpan Retention = TimeSpan.FromMinutes(10);
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly JobLedger _ledger = new(Max, Retention);

    [Fact]
    public void The_first_who_claims_a_job_has_it()
    {
        JobClaim claim = Claim("one");
        JobRow first = _ledger.Claim(claim, Now);
        Assert.True(_ledger.IsDirty);
        _ledger.Write();
        Assert.Equal(first, _ledger.Claim(claim with { Runner = "two", Process = Guid.NewGuid() }, Now.AddMinutes(1)));
        Assert.False(_ledger.IsDirty);
        Assert.Equal("one", first.Runner);
    }

    [Fact]
    public void What_was_written_is_read()
    {
        JobRow[] rows = [_ledger.Claim(Claim("one"), Now), _ledger.Claim(Claim("two"), Now.AddTicks(1))];
        _ledger.Move(rows[1].Job, JobState.Lost, Now.AddSeconds(1));
        var other = new JobLedger(Max, Retention);
        other.Read(_ledger.Write());
        Assert.Equal(_ledger.Find(rows[0].Job), other.Find(rows[0].Job));
        Assert.Equal(_ledger.Find(rows[1].Job), other.Find(rows[1].Job));
        Assert.False(other.IsDirty);
        other.Read("");
        Assert.Equal(2, other.Count);
    }

    [Fact]
    public void The_form_on_record_stays()
    {
        const string written =
            """[{"job":"11111111-1111-1111-1111-111111111111","execution":"ns/x","executionUid":"22222222-2222-2222-2222-222222222222","runner":"one","process":"33333333-3333-3333-3333-333333333333","state":"LostAndTold","since":"2026-05-01T12:00:00+00:00"}]""";
        _ledger.Read(written);
        Assert.Equal(written, _ledger.Write());
    }

    [Fact]
    public void What_is_over_is_forgotten_after_its_time_and_what_is_not_never()
    {
        JobRow[] rows = [_ledger.Claim(Claim("a"), Now), _ledger.Claim(Claim("b"), Now), _ledger.Claim(Claim("c"), Now)];
        _ledger.Move(rows[0].Job, JobState.Ended, Now);
        _ledger.Move(rows[1].Job, JobState.LostAndTold, Now);
        _ledger.Forget(Now + Retention);
        Assert.Equal(3, _ledger.Count);
        _ledger.Forget(Now + Retention + TimeSpan.FromTicks(1));
        Assert.Null(_ledger.Find(rows[0].Job));
        _ledger.Forget(Now + JobLedger.LostRetention + TimeSpan.FromTicks(1));
        Assert.Equal(rows[2], Assert.Single(_ledger.In(JobState.Assigned)));
        Assert.Equal(1, _ledger.Count);
    }

    [Fact]
    public void It_is_bounded_and_makes_room_by_forgetting()
    {
        JobRow[] rows = [.. Enumerable.Range(0, Max).Select(_ => _ledger.Claim(Claim("a"), Now))];
        Assert.Throws<UnavailableException>(() => _ledger.Claim(Claim("a"), Now));
        _ledger.Move(rows[0].Job, JobState.Ended, Now);
        Assert.Throws<UnavailableException>(() => _ledger.Claim(Claim("a"), Now + Retention));
        _ledger.Claim(Claim("a"), Now + (Retention * 2));
        Assert.Equal(Max, _ledger.Count);
    }

    [Fact]
    public void One_that_was_lost_is_told_again_to_who_asks()
    {
        JobClaim claim = Claim("a");
        _ledger.Claim(claim, Now);
        _ledger.Move(claim.Job, JobState.LostAndTold, Now);
        Assert.Equal(JobState.Lost, _ledger.Claim(claim, Now).State);
        _ledger.Move(claim.Job, JobState.Ended, Now);
        Assert.Equal(JobState.Ended, _ledger.Claim(claim, Now).State);
    }

    [Fact]
    public void Jobs_fall_to_all_gateways_and_always_to_the_same()
    {
        JobId[] ids = [.. Enumerable.Range(0, 1000).Select(i => JobId.For(Guid.Empty, $"job-{i}", 1, 0))];
        Assert.Equal(Enumerable.Range(0, IJobGatewayGrain.Count).Select(i => (long)i), ids.Select(IJobGatewayGrain.KeyOf).Distinct().Order());
        Assert.Equal(0xA, IJobGatewayGrain.KeyOf(new JobId(Guid.Parse("5a000000-0000-8000-8000-000000000000"))));
    }

    private static JobClaim Claim(string runner) => new(Guid.NewGuid(), "default/x", Guid.NewGuid(), runner, Guid.NewGuid());
}
