using System.Reflection;

namespace Kontinue.Storage.Sqlite;

/// <summary>The statements that lie beside this code as <c>.sql</c> files.</summary>
internal static class Sql
{
    public static readonly string NextVersion = Statement("next_version");
    public static readonly string ReadState = Statement("read_state");
    public static readonly string InsertRow = Statement("insert_row");
    public static readonly string UpdateRow = Statement("update_row");
    public static readonly string TruncateJournal = Statement("truncate_journal");
    public static readonly string InsertJournal = Statement("insert_journal");
    public static readonly string DeleteMessage = Statement("delete_message");
    public static readonly string InsertMessage = Statement("insert_message");
    public static readonly string UpdateSettings = Statement("update_settings");
    public static readonly string MarkDeletion = Statement("mark_deletion");
    public static readonly string DeleteRow = Statement("delete_row");
    public static readonly string DeleteMessages = Statement("delete_messages");
    public static readonly string FindDeletions = Statement("find_deletions");
    public static readonly string PruneDeletions = Statement("prune_deletions");
    public static readonly string RaisePrunedVersion = Statement("raise_pruned_version");
    public static readonly string ReadPrunedVersion = Statement("read_pruned_version");
    public static readonly string FindDeletable = Statement("find_deletable");
    public static readonly string FindMessage = Statement("find_message");
    public static readonly string Claim = Statement("claim");
    public static readonly string ClaimedMessages = Statement("claimed_messages");
    public static readonly string DeleteDeadMessages = Statement("delete_dead_messages");
    public static readonly string ForgetSilos = Statement("forget_silos");
    public static readonly string IsAlive = Statement("is_alive");
    public static readonly string ListRows = Statement("list_rows");
    public static readonly string ListRowsOfNamespace = Statement("list_rows_of_namespace");
    public static readonly string ListChildRows = Statement("list_child_rows");
    public static readonly string ListChildRowsOfNamespace = Statement("list_child_rows_of_namespace");
    public static readonly string ListFunctionRows = Statement("list_function_rows");
    public static readonly string ListFunctionRowsOfNamespace = Statement("list_function_rows_of_namespace");
    public static readonly string ListPhaseRows = Statement("list_phase_rows");
    public static readonly string ListPhaseRowsOfNamespace = Statement("list_phase_rows_of_namespace");
    public static readonly string ReadChanges = Statement("read_changes");
    public static readonly string ReadJournal = Statement("read_journal");
    public static readonly string ReadLease = Statement("read_lease");
    public static readonly string ReadMessages = Statement("read_messages");
    public static readonly string ReadRow = Statement("read_row");
    public static readonly string ReadVersion = Statement("read_version");
    public static readonly string ReadWakeUps = Statement("read_wake_ups");
    public static readonly string RegisterSilo = Statement("register_silo");
    public static readonly string ReleaseHeld = Statement("release_held");
    public static readonly string ReleaseOne = Statement("release_one");
    public static readonly string RenewLease = Statement("renew_lease");
    public static readonly string UnregisterSilo = Statement("unregister_silo");
    public static readonly string AwaitSemaphore = Statement("await_semaphore");
    public static readonly string ClaimWaiting = Statement("claim_waiting");
    public static readonly string CountPermits = Statement("count_permits");
    public static readonly string DeletePermit = Statement("delete_permit");
    public static readonly string DeletePermits = Statement("delete_permits");
    public static readonly string FindDeadOwners = Statement("find_dead_owners");
    public static readonly string FindOrphaned = Statement("find_orphaned");
    public static readonly string FindTold = Statement("find_told");
    public static readonly string FindUnowned = Statement("find_unowned");
    public static readonly string FindWaiting = Statement("find_waiting");
    public static readonly string ForgetSiloFunctions = Statement("forget_silo_functions");
    public static readonly string InsertPermit = Statement("insert_permit");
    public static readonly string InsertSiloFunction = Statement("insert_silo_function");
    public static readonly string ReadAwaitedSemaphores = Statement("read_awaited_semaphores");
    public static readonly string ReadFunctions = Statement("read_functions");
    public static readonly string ReadHolders = Statement("read_holders");
    public static readonly string ReadSiloGroup = Statement("read_silo_group");
    public static readonly string ReadSilos = Statement("read_silos");
    public static readonly string ReadWaiting = Statement("read_waiting");
    public static readonly string ReleaseOwned = Statement("release_owned");
    public static readonly string ReportLoad = Statement("report_load");
    public static readonly string BeginArchive = Statement("begin_archive");
    public static readonly string InsertArchivePiece = Statement("insert_archive_piece");
    public static readonly string EndArchive = Statement("end_archive");
    public static readonly string DeleteArchivePieces = Statement("delete_archive_pieces");
    public static readonly string EndArchiveWrite = Statement("end_archive_write");
    public static readonly string FindArchives = Statement("find_archives");
    public static readonly string ListArchives = Statement("list_archives");
    public static readonly string ListArchivesOfNamespace = Statement("list_archives_of_namespace");
    public static readonly string ReadArchive = Statement("read_archive");
    public static readonly string ReadArchivePiece = Statement("read_archive_piece");
    public static readonly string CountWholeArchives = Statement("count_whole_archives");
    public static readonly string DeleteArchive = Statement("delete_archive");
    public static readonly string FindOldArchives = Statement("find_old_archives");
    public static readonly string FindOldArchiveWrites = Statement("find_old_archive_writes");
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
