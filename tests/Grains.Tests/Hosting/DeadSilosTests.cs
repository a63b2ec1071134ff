using System.Net;
using Kontinue.Engine.Storage;
using Kontinue.Grains.Membership;
using Xunit;

namespace Kontinue.Grains.Tests.Hosting;

public sealed class DeadSilosTests
{
    private static readonly SiloAddress One = SiloAddress.New(IPAddress.Loopback, 1, 1);
    private static readonly SiloAddress OneRestarted = SiloAddress.New(IPAddress.Loopback, 1, 2);
    private readonly SiloId _one = new(Guid.NewGuid());
    private readonly SiloId _restarted = new(Guid.NewGuid());
    private readonly DeadSilos _dead = new(TimeProvider.System, TimeSpan.FromMinutes(1));

    [Fact]
    public void One_that_was_seen_alive_is_owed_until_it_is_released()
    {
        Assert.Empty(See(One, isDead: false));
        Assert.Equal([One], See(One, isDead: true));
        Assert.Empty(See(One, isDead: true));
        Assert.Equal([(_one, "one")], _dead.Owed);
        _dead.Released(_one);
        Assert.Empty(_dead.Owed);
    }

    [Fact]
    public void One_that_was_dead_before_is_nobodys_business()
    {
        Assert.Empty(See(One, isDead: true));
        Assert.Empty(_dead.Owed);
    }

    [Fact]
    public void One_that_never_said_who_it_is_dies_and_is_not_owed()
    {
        See(One, isDead: false, isKnown: false);
        Assert.Equal([One], See(One, isDead: true, isKnown: false));
        Assert.Empty(_dead.Owed);
    }

    [Fact]
    public void One_that_said_later_who_it_is_is_owed_also_when_that_is_forgotten_by_then()
    {
        See(One, isDead: false, isKnown: false);
        See(One, isDead: false);
        See(One, isDead: false, isKnown: false);
        See(One, isDead: true, isKnown: false);
        Assert.Equal([(_one, "one")], _dead.Owed);
    }

    [Fact]
    public void One_that_is_not_even_remembered_has_died()
    {
        See(One, isDead: false);
        Assert.Equal([One], _dead.Observe([], Find));
        Assert.Equal(_one, Assert.Single(_dead.Owed).Id);
    }

    [Fact]
    public void A_restart_under_the_same_name_owes_only_the_old_one()
    {
        See(One, isDead: false);
        _dead.Observe([(One, "one", true), (OneRestarted, "one", false)], Find);
        Assert.Equal([(_one, "one")], _dead.Owed);
    }

    [Fact]
    public void What_could_not_be_released_is_owed_no_longer_than_a_lease()
    {
        var dead = new DeadSilos(TimeProvider.System, TimeSpan.Zero);
        dead.Observe([(One, "one", false)], Find);
        dead.Observe([(One, "one", true)], Find);
        Assert.Equal(["one"], dead.Expire());
        Assert.Empty(dead.Owed);
    }

    private IReadOnlyList<SiloAddress> See(SiloAddress address, bool isDead, bool isKnown = true) =>
        _dead.Observe([(address, "one", isDead)], isKnown ? Find : _ => null);

    private SiloId? Find(SiloAddress address) => address.Equals(One) ? _one : _restarted;
}
