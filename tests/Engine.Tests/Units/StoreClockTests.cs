using Kontinue.Engine.Clustering;
using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class StoreClockTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly ManualTimeProvider _store = new();
    private readonly ShiftedTime _own;
    private readonly StoreClock _clock;

    public StoreClockTests()
    {
        _own = new ShiftedTime(_store);
        _clock = new StoreClock(_own);
    }

    [Fact]
    public void Observe_AnHourApart_TheStoresTimeIsTold()
    {
        _own.Wall = Hour;

        Assert.True(Ask(took: TimeSpan.Zero));
        Assert.Equal(_store.GetUtcNow(), _clock.GetUtcNow());
        Assert.Equal(-Hour, _clock.Offset);
        _store.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(_store.GetUtcNow(), _clock.GetUtcNow());
    }

    [Fact]
    public void Observe_NoMoreApartThanTheQuestionTook_NothingIsCorrected()
    {
        _own.Wall = TimeSpan.FromSeconds(1);

        Assert.False(Ask(took: TimeSpan.FromSeconds(4)));
        Assert.Equal(_own.GetUtcNow(), _clock.GetUtcNow());
    }

    [Fact]
    public void GetUtcNow_TheWallClockJumps_TheTimeDoesNot()
    {
        Ask(took: TimeSpan.Zero);
        Assert.False(_clock.HasJumped);
        _own.Wall = Hour;

        Assert.True(_clock.HasJumped);
        Assert.Equal(_store.GetUtcNow(), _clock.GetUtcNow());
        Assert.False(Ask(took: TimeSpan.Zero));
        Assert.False(_clock.HasJumped);
        Assert.Equal(_store.GetUtcNow(), _clock.GetUtcNow());
    }

    [Fact]
    public void Observe_TheStoresClockJumps_IsFollowed()
    {
        Ask(took: TimeSpan.Zero);
        long now = _own.GetTimestamp();

        Assert.True(_clock.Observe(_store.GetUtcNow() + Hour, now, now));
        Assert.Equal(_store.GetUtcNow() + Hour, _clock.GetUtcNow());
    }

    private bool Ask(TimeSpan took)
    {
        long asked = _own.GetTimestamp();
        _store.Advance(took / 2);
        DateTimeOffset answer = _store.GetUtcNow();
        _store.Advance(took / 2);
        return _clock.Observe(answer, asked, _own.GetTimestamp());
    }

    [Fact]
    public void A_process_that_is_stopped_between_any_two_looks_at_its_clocks_is_not_led_astray()
    {
        for (int at = 1; at <= 12; at++)
        {
            var time = new StoppedTime(at);
            var clock = new StoreClock(time);
            long asked = time.GetTimestamp();
            clock.Observe(time.GetUtcNow(), asked, time.GetTimestamp());
            long again = time.GetTimestamp();
            clock.Observe(time.GetUtcNow(), again, again);

            Assert.InRange((clock.GetUtcNow() - time.GetUtcNow()).Duration(), TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
        }
    }

    /// <summary>A clock that an hour passes on between two looks at it.</summary>
    private sealed class StoppedTime(int at) : TimeProvider
    {
        private readonly ManualTimeProvider _inner = new();
        private int _looks;

        public override long TimestampFrequency => _inner.TimestampFrequency;

        public override long GetTimestamp()
        {
            Look();
            return _inner.GetTimestamp();
        }

        public override DateTimeOffset GetUtcNow()
        {
            Look();
            return _inner.GetUtcNow();
        }

        private void Look()
        {
            if (++_looks == at)
            {
                _inner.Advance(TimeSpan.FromHours(1));
            }
        }
    }
}
