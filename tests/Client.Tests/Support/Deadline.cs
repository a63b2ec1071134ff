namespace Kontinue.Client.Tests.Support;

/// <summary>Waits that end with a message that says what was waited for.</summary>
internal static class Deadline
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static async Task<T> Within<T>(this Task<T> task, string what)
    {
        try
        {
            return await task.WaitAsync(Limit);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"Within {Limit.TotalSeconds:N0} s there was no {what}.", e);
        }
    }

    public static Task Within(this Task task, string what) => Awaited(task).Within(what);

    private static async Task<bool> Awaited(Task task)
    {
        await task;
        return true;
    }
}
