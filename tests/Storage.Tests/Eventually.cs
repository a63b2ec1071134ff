using System.Diagnostics;

namespace Kontinue.Storage.Tests;

/// <summary>Waits for what another clock or process brings about.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(30);

    /// <summary>As long as a crashed server may take to recover on a busy machine, and some more.</summary>
    public static readonly TimeSpan Recovery = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static Task TrueAsync(Func<Task<bool>> condition, string what) => TrueAsync(condition, () => what);

    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> what, TimeSpan? within = null)
    {
        TimeSpan deadline = within ?? Usual;
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > deadline)
            {
                throw new TimeoutException($"Waited {deadline.TotalSeconds} s in vain for this: {what()}.");
            }

            await Task.Delay(Pause);
        }
    }
}
