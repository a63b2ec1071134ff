namespace Kontinue.Engine.Storage;

/// <summary>The rules of <see cref="ExecutionRow.DeleteAt"/>. Pure; stores that compute in statements of their own mirror them.</summary>
public static class DeletionRules
{
    /// <summary>The time of deletion of a new row, which may have ended already.</summary>
    /// <param name="row">The row as it is stored.</param>
    public static DateTimeOffset? OnInsert(ExecutionRow row) =>
        row.Phase.IsTerminal() ? AfterEnd(row.FinishedAt, row.DeleteAfter) : null;

    /// <summary>
    /// The time of deletion after the owner's update: an end begins the wait, unless a time was asked for; going on after an end takes
    /// the time away.
    /// </summary>
    /// <param name="stored">The row before it.</param>
    /// <param name="written">What the owner writes.</param>
    public static DateTimeOffset? OnUpdate(ExecutionRow stored, ExecutionRow written) =>
        (stored.Phase.IsTerminal(), written.Phase.IsTerminal()) switch
        {
            (true, false) => null,
            (false, true) => stored.DeleteAt ?? AfterEnd(written.FinishedAt, stored.DeleteAfter),
            _ => stored.DeleteAt,
        };

    /// <summary>The time of deletion after a change of settings: what is asked for, else what follows from the end, else what it was.</summary>
    /// <param name="stored">The row before it.</param>
    /// <param name="write">The change.</param>
    public static DateTimeOffset? OnSettings(ExecutionRow stored, SettingsWrite write) =>
        write.DeleteAt ?? (stored.Phase.IsTerminal() ? AfterEnd(stored.FinishedAt, write.DeleteAfter) : stored.DeleteAt);

    /// <summary>A sum that no calendar holds is the last time of all, which nobody lives to see.</summary>
    internal static DateTimeOffset? AfterEnd(DateTimeOffset? finishedAt, TimeSpan? after) =>
        finishedAt is not { } end || after is not { } wait ? null
            : wait >= StoreTime.Latest - end ? StoreTime.Latest
            : end + wait;
}
