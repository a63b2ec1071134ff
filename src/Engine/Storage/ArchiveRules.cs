namespace Kontinue.Engine.Storage;

/// <summary>
/// The rules of <see cref="ExecutionRow.ArchiveAt"/>, which is a root's only: those below it go with it. Pure; stores that compute in
/// statements of their own mirror them.
/// </summary>
public static class ArchiveRules
{
    /// <summary>The time of archiving of a new row, which may have ended already.</summary>
    /// <param name="row">The row as it is stored.</param>
    public static DateTimeOffset? OnInsert(ExecutionRow row) =>
        row.Phase.IsTerminal() ? OfRoot(row, row.FinishedAt, row.ArchiveAfter) : null;

    /// <summary>The time of archiving after the owner's update: an end begins the wait; going on after an end takes the time away.</summary>
    /// <param name="stored">The row before it.</param>
    /// <param name="written">What the owner writes.</param>
    public static DateTimeOffset? OnUpdate(ExecutionRow stored, ExecutionRow written) =>
        (stored.Phase.IsTerminal(), written.Phase.IsTerminal()) switch
        {
            (true, false) => null,
            (false, true) => OfRoot(stored, written.FinishedAt, stored.ArchiveAfter),
            _ => stored.ArchiveAt,
        };

    /// <summary>The time of archiving after a change of settings: what follows from the end.</summary>
    /// <param name="stored">The row before it.</param>
    /// <param name="write">The change.</param>
    public static DateTimeOffset? OnSettings(ExecutionRow stored, SettingsWrite write) =>
        stored.Phase.IsTerminal() ? OfRoot(stored, stored.FinishedAt, write.ArchiveAfter) : null;

    private static DateTimeOffset? OfRoot(ExecutionRow row, DateTimeOffset? finishedAt, TimeSpan? archiveAfter) =>
        row.ParentUid is null ? DeletionRules.AfterEnd(finishedAt, archiveAfter) : null;
}
