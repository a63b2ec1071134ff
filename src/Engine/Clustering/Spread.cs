using System.Runtime.InteropServices;

namespace Kontinue.Engine.Clustering;

/// <summary>
/// How executions are spread over the silos of a group: each compares how much of its capacity is used with what all use together. The
/// others' figures are about a second old, so the rule is coarse on purpose, and a wrong guess costs a moment: what is left to others is taken here
/// when they do not take it.
/// </summary>
/// <param name="Executing">Executions that the other silos of the group run.</param>
/// <param name="Capacity">Executions that they may run at once; 0: there are no others.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Spread(int Executing, int Capacity)
{
    /// <summary>So many more than the average a silo may run: to move what is done in a moment costs more than to do it.</summary>
    private const double Slack = 0.05;

    /// <summary>With so few a silo takes whatever comes.</summary>
    private const int Few = 16;

    /// <summary>How many more the others can run.</summary>
    public int Room => Math.Max(0, Capacity - Executing);

    /// <summary>Whether a silo may take one more, or should leave it to others.</summary>
    /// <param name="executing">What it runs now.</param>
    /// <param name="capacity">What it may run at once.</param>
    public bool MayTake(int executing, int capacity)
    {
        if (Capacity <= 0 || Room == 0 || executing < Few)
        {
            return true;
        }

        double average = ((double)executing + Executing) / ((double)capacity + Capacity);
        return executing <= (average + Slack) * capacity;
    }

    /// <summary>How many of those that wait a silo should take, so that all are used alike when the others take theirs.</summary>
    /// <param name="waiting">How many wait.</param>
    /// <param name="executing">What it runs now.</param>
    /// <param name="capacity">What it may run at once.</param>
    public int ShareOf(int waiting, int executing, int capacity)
    {
        if (Capacity <= 0 || Room == 0 || executing + waiting <= Few)
        {
            return waiting;
        }

        double target = Math.Min(1, ((double)waiting + executing + Executing) / ((double)capacity + Capacity));
        int share = (int)Math.Ceiling((target * capacity) - executing);

        // Those that the others have no room for are for this silo, if for any.
        return Math.Clamp(Math.Max(share, waiting - Room), 0, waiting);
    }
}
