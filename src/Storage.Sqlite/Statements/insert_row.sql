-- The times of deletion and of archiving follow DeletionRules.OnInsert and ArchiveRules.OnInsert; the number is the last time that can be kept.
INSERT INTO executions (
  namespace, name, uid, function, phase, held, owner, epoch, revision, journal_sequence,
  wake_at, created_at, finished_at, parent_uid, labels, spec, status, resource_version,
  settings, delete_after, delete_at, worker_group, semaphores, awaited_semaphore, archive_after, archive_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
  CASE WHEN ?5 >= 4 THEN min(?13 + ?20, 253402300799999999) END,
  ?21, ?22, ?23, ?24, CASE WHEN ?5 >= 4 AND ?14 IS NULL THEN min(?13 + ?24, 253402300799999999) END)
ON CONFLICT DO NOTHING
