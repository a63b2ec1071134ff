-- The times of deletion and of archiving follow DeletionRules.OnUpdate and ArchiveRules.OnUpdate; the number is the last time that can be kept.
UPDATE executions SET
  phase = ?3, held = ?4, revision = ?5, journal_sequence = ?6, wake_at = ?7, finished_at = ?8,
  owner = CASE WHEN ?9 THEN NULL ELSE owner END, spec = coalesce(?10, spec), status = ?11, resource_version = ?12,
  delete_at = CASE
    WHEN phase >= 4 AND ?3 < 4 THEN NULL
    WHEN phase < 4 AND ?3 >= 4 THEN coalesce(delete_at, min(?8 + delete_after, 253402300799999999))
    ELSE delete_at END,
  archive_at = CASE
    WHEN phase >= 4 AND ?3 < 4 THEN NULL
    WHEN phase < 4 AND ?3 >= 4 AND parent_uid IS NULL THEN min(?8 + archive_after, 253402300799999999)
    ELSE archive_at END,
  awaited_semaphore = CASE WHEN ?3 >= 4 THEN NULL WHEN phase >= 4 THEN semaphores ->> 0 ELSE awaited_semaphore END
WHERE namespace = ?1 AND name = ?2
