-- The times of deletion and of archiving follow DeletionRules.OnSettings and ArchiveRules.OnSettings; the number is the last time that can be kept.
UPDATE executions SET
  labels = ?4, settings = ?5, generation = generation + 1, delete_after = ?6,
  delete_at = coalesce(?7, CASE WHEN phase >= 4 THEN min(finished_at + ?6, 253402300799999999) ELSE delete_at END),
  archive_after = ?10,
  archive_at = CASE WHEN phase >= 4 AND parent_uid IS NULL THEN min(finished_at + ?10, 253402300799999999) END,
  resource_version = ?8
WHERE namespace = ?1 AND name = ?2 AND uid = ?3 AND generation = ?9
RETURNING
  namespace, name, uid, function, phase, held, owner, epoch, revision, journal_sequence,
  wake_at, created_at, finished_at, parent_uid, labels, spec, status, resource_version,
  settings, generation, delete_after, delete_at,
  worker_group, semaphores, awaited_semaphore, archive_after, archive_at
