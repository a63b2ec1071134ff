-- The times of deletion and of archiving follow DeletionRules.OnSettings and ArchiveRules.OnSettings.
UPDATE executions AS e SET
  labels = $4,
  settings = $5,
  generation = e.generation + 1,
  delete_after = $6,
  delete_at = coalesce($7, CASE WHEN e.phase >= 4 THEN kontinue_delete_at(e.finished_at, $6) ELSE e.delete_at END),
  archive_after = $9,
  archive_at = CASE WHEN e.phase >= 4 AND e.parent_uid IS NULL THEN kontinue_delete_at(e.finished_at, $9) END,
  resource_version = (SELECT kontinue_version())
WHERE e.namespace = $1 AND e.name = $2 AND e.uid = $3 AND e.generation = $8
RETURNING
  e.namespace, e.name, e.uid, e.function, e.phase, e.held, e.owner, e.epoch, e.revision, e.journal_sequence,
  e.wake_at, e.created_at, e.finished_at, e.parent_uid, e.labels, e.spec, e.status, e.resource_version,
  e.settings, e.generation, e.delete_after, e.delete_at,
  e.worker_group, e.semaphores, e.awaited_semaphore, e.archive_after, e.archive_at
