using System.Runtime.CompilerServices;

namespace Kontinue.Engine.Tests.Support;

/// <summary>Waiting with a deadline that says what was waited for.</summary>
internal static class Wait
{
    /// <summary>Far more than anything here takes, also on a busy machine.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Between two looks at something that does not signal.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    public static async Task<T> For<T>(Task<T> task, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        await For((Task)task, what);
        return await task;
    }

    public static async Task For(Task task, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        try
        {
            await task.WaitAsync(Deadline);
        }
        catch (TimeoutException e) when (!task.IsCompleted)
        {
            throw new TimeoutException($"Waited {Deadline.TotalSeconds} s in vain for: {what}", e);
        }
    }

    public static Task Until(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        Until(() => Task.FromResult(condition()), () => "", what);

    /// <summary>Looks until the condition holds.</summary>
    public static async Task Until(Func<Task<bool>> condition, Func<string> state, string what)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(began) > Deadline)
            {
                throw new TimeoutException($"Waited {Deadline.TotalSeconds} s in vain for: {what}. {state()}");
            }

            await Task.Delay(Look, TimeProvider.System);
        }
    }
}
