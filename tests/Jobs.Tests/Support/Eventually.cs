using System.Runtime.CompilerServices;

namespace Kontinue.Jobs.Tests.Support;

/// <summary>Waiting for what gives no signal, with a deadline that says what it was.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    public static async Task Holds(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        long began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(began) > Listener.Deadline)
            {
                throw new TimeoutException($"Waited {Listener.Deadline.TotalSeconds:F0} s in vain for: {what}");
            }

            await Task.Delay(Look, TimeProvider.System);
        }
    }
}
