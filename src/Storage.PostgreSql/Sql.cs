using System.Reflection;

namespace Kontinue.Storage.PostgreSql;

/// <summary>The statements that lie beside this code as <c>.sql</c> files.</summary>
internal static class Sql
{
    public static readonly string InsertRows = Statement("insert_rows");
    public static readonly string InsertRow = Statement("insert_row");
    public static readonly string UpdateRow = Statement("update_row");
    public static readonly string UpdateRows = Statement("update_rows");
    public static readonly string GuardRow = Statement("guard_row");
    public static readonly string GuardRows = Statement("guard_rows");
    public static readonly string InsertGuardedRecord = Statement("insert_guarded_record");
    public static readonly string TruncateJournals = Statement("truncate_journals");
    public static readonly string InsertJournal = Statement("insert_journal");
    public static readonly string DeleteMessages = Statement("delete_messages");
    public static readonly string InsertMessages = Statement("insert_messages");
    public static readonly string InsertTargetedMessages = Statement("insert_targeted_messages");
    public static readonly string DeletePermits = Statement("delete_permits");
    public static readonly string LockRows = Statement("lock_rows");
    public static readonly string Claim = Statement("claim");
    public static readonly string LockSemaphores = Statement("lock_semaphores");
    public static readonly string ClaimWaiting = Statement("claim_waiting");
    public static readonly string OwnedRows = Statement("owned_rows");
    public static readonly string OwnedJournal = Statement("owned_journal");
    public static readonly string OwnedMessages = Statement("owned_messages");
    public static readonly string FindClaimable = Statement("find_claimable");
    public static readonly string FindWaiting = Statement("find_waiting");
    public static readonly string ReadAwaitedSemaphores = Statement("read_awaited_semaphores");
    public static readonly string ReadHolders = Statement("read_holders");
    public static readonly string ReadMessages = Statement("read_messages");
    public static readonly string ReadWakeUps = Statement("read_wake_ups");
    public static readonly string ReleaseOwned = Statement("release_owned");
    public static readonly string ReleaseHeld = Statement("release_held");
    public static readonly string ReleaseOne = Statement("release_one");
    public static readonly string DeleteDeadMessages = Statement("delete_dead_messages");
    public static readonly string LockSiloName = Statement("lock_silo_name");
    public static readonly string ForgetSilos = Statement("forget_silos");
    public static readonly string RegisterSilo = Statement("register_silo");
    public static readonly string DeleteSiloFunctions = Statement("delete_silo_functions");
    public static readonly string InsertSiloFunctions = Statement("insert_silo_functions");
    public static readonly string RenewLease = Statement("renew_lease");
    public static readonly string ReportLoad = Statement("report_load");
    public static readonly string ReadSilos = Statement("read_silos");
    public static readonly string ReadFunctions = Statement("read_functions");
    public static readonly string UnregisterSilo = Statement("unregister_silo");
    public static readonly string ReadRow = Statement("read_row");
    public static readonly string ListRows = Statement("list_rows");
    public static readonly string ReadJournal = Statement("read_journal");
    public static readonly string ReadHorizon = Statement("read_horizon");
    public static readonly string ReadChanges = Statement("read_changes");
    public static readonly string ReadPrunedVersion = Statement("read_pruned_version");
    public static readonly string AllowBitmapScan = Statement("allow_bitmap_scan");
    public static readonly string UpdateSettings = Statement("update_settings");
    public static readonly string FindDeletable = Statement("find_deletable");
    public static readonly string LockDeletions = Statement("lock_deletions");
    public static readonly string DeleteRows = Statement("delete_rows");
    public static readonly string PruneDeletions = Statement("prune_deletions");
    public static readonly string SendSignals = Statement("send_signals");
    public static readonly string Listen = Statement("listen");
    public static readonly string Ping = Statement("ping");
    public static readonly string RaiseVersionOffset = Statement("raise_version_offset");
    public static readonly string BeginArchive = Statement("begin_archive");
    public static readonly string InsertArchivePiece = Statement("insert_archive_piece");
    public static readonly string EndArchive = Statement("end_archive");
    public static readonly string AbandonArchive = Statement("abandon_archive");
    public static readonly string FindArchives = Statement("find_archives");
    public static readonly string ListArchives = Statement("list_archives");
    public static readonly string ReadArchive = Statement("read_archive");
    public static readonly string ReadArchivePiece = Statement("read_archive_piece");
    public static readonly string CountWholeArchives = Statement("count_whole_archives");
    public static readonly string DeleteArchive = Statement("delete_archive");
    public static readonly string DeleteArchives = Statement("delete_archives");
    public static readonly string FindArchivable = Statement("find_archivable");

    /// <summary>The migrations by number; they are applied in this order and never changed once released.</summary>
    public static IReadOnlyList<(int Version, string Text)> Migrations { get; } =
    [
        .. typeof(Sql).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith("Migrations/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => (int.Parse(name.AsSpan("Migrations/".Length, 4)), Read(name))),
    ];

    private static string Statement(string name) => Read("Statements/" + name);

    private static string Read(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name) ??
            throw new InvalidOperationException($"The resource {name} is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
