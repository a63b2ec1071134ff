using Kontinue.Engine.Storage;

namespace Kontinue.Grains.Membership;

/// <summary>
/// Whose leases are to be given up, as the membership changes: those of silos that were seen alive and are dead now. Pure bookkeeping, not for
/// several threads at once.
/// </summary>
/// <remarks>
/// A silo that was dead before this one began, or that died before it could say who it is, is not in here: its lease ends by itself, or another silo
/// gives it up.
/// </remarks>
internal sealed class DeadSilos(TimeProvider time, TimeSpan lease)
{
    private readonly Dictionary<SiloAddress, SiloId> _known = [];
    private readonly Dictionary<SiloId, (string Name, long Since)> _owed = [];

    /// <summary>Leases that are to be given up.</summary>
    public IReadOnlyList<(SiloId Id, string Name)> Owed => [.. _owed.Select(static owed => (owed.Key, owed.Value.Name))];

    /// <summary>Takes in who is there.</summary>
    /// <param name="members">Address, name, and whether it is dead.</param>
    /// <param name="find">Says who a silo is; null when it is not known.</param>
    /// <returns>Those that have died since the last time, known or not.</returns>
    public IReadOnlyList<SiloAddress> Observe(
        IReadOnlyCollection<(SiloAddress Address, string Name, bool IsDead)> members, Func<SiloAddress, SiloId?> find)
    {
        List<SiloAddress> died = [];
        foreach ((SiloAddress address, string name, bool isDead) in members)
        {
            if (!isDead)
            {
                _known[address] = find(address) ?? _known.GetValueOrDefault(address);
            }
            else if (_known.Remove(address, out SiloId dead))
            {
                died.Add(address);
                Owe(dead, name);
            }
        }

        // Those that are not even remembered as dead any more.
        HashSet<SiloAddress> there = [.. members.Select(static member => member.Address)];
        foreach (SiloAddress gone in _known.Keys.Where(address => !there.Contains(address)).ToList())
        {
            _known.Remove(gone, out SiloId dead);
            died.Add(gone);
            Owe(dead, gone.ToString());
        }

        return died;
    }

    /// <summary>A lease was given up.</summary>
    public void Released(SiloId silo) => _owed.Remove(silo);

    /// <summary>Those whose leases have ended by themselves meanwhile; they are owed no more.</summary>
    public IReadOnlyList<string> Expire()
    {
        List<SiloId> over = [.. _owed.Where(owed => time.GetElapsedTime(owed.Value.Since) > lease).Select(static owed => owed.Key)];
        List<string> names = [.. over.Select(id => _owed[id].Name)];
        over.ForEach(id => _owed.Remove(id));
        return names;
    }

    private void Owe(SiloId silo, string name)
    {
        if (silo != default)
        {
            _owed.TryAdd(silo, (name, time.GetTimestamp()));
        }
    }
}
