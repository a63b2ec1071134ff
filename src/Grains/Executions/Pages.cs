using Kontinue.Resources;

namespace Kontinue.Grains.Executions;

/// <summary>
/// Keeps pages so small that they can be sent: a message of Orleans has 100 MB at most, and a larger one takes the connection with it. A page
/// of executions or of a journal may always be shorter than was asked for.
/// </summary>
internal static class Pages
{
    private const long MaxBytes = 32 * 1024 * 1024;

    /// <summary>Reads a page, and where it is too large, a smaller one.</summary>
    public static async Task<T> ReadAsync<T>(int limit, Func<int, Task<T>> read, Func<T, int> count, Func<T, long> bytes)
    {
        while (true)
        {
            T page = await read(limit).ConfigureAwait(true);
            long size = bytes(page);
            int there = count(page);
            if (size <= MaxBytes || there <= 1 || limit <= 1)
            {
                return page;
            }

            // At most half of it, however unevenly the large ones are spread.
            limit = (int)Math.Max(1, Math.Min(there / 2, there * MaxBytes / size));
        }
    }

    public static long BytesOf(ExecutionList page) => page.Items.Sum(
        execution => (long)execution.Spec.Arguments.Length + (execution.Status?.Result.Length ?? 0));

    public static long BytesOf(JournalPage page) => page.Items.Sum(static entry => (long)entry.Value.Length);
}
