namespace Kontinue.Grains.Sweeping;

/// <summary>How executions are dealt out: each silo gets a share as its room is of all rooms, and never more than its room.</summary>
internal static class DealingRule
{
    /// <summary>Deals out as many as there is room for, those in front first. Where few are dealt to many silos, the ones with most room get them.</summary>
    public static IEnumerable<(T Silo, ExecutionKey[] Keys)> Deal<T>(IReadOnlyList<ExecutionKey> keys, IReadOnlyList<(T Silo, int Room)> silos)
    {
        long rooms = silos.Sum(static silo => (long)Math.Max(0, silo.Room));
        int dealt = 0;
        int left = (int)Math.Min(keys.Count, rooms);
        foreach ((T silo, int room) in silos.Where(static silo => silo.Room > 0).OrderByDescending(static silo => silo.Room))
        {
            if (left == 0)
            {
                yield break;
            }

            int share = (int)Math.Min(room, ((left * (long)room) + rooms - 1) / rooms);
            var part = new ExecutionKey[share];
            for (int i = 0; i < share; i++)
            {
                part[i] = keys[dealt + i];
            }

            dealt += share;
            left -= share;
            rooms -= room;
            yield return (silo, part);
        }
    }
}
