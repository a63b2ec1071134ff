UPDATE executions AS e SET owner = ?1, epoch = epoch + 1, resource_version = ?4
WHERE e.namespace = ?2 AND e.name = ?3 AND e.phase < 4 AND NOT e.held AND e.awaited_semaphore IS NULL
  AND (e.worker_group IS NULL OR e.worker_group = ?6)
  AND (e.owner IS NULL OR e.owner = ?1 OR e.owner NOT IN (SELECT id FROM silos WHERE lease_until > ?5))
RETURNING
  namespace, name, uid, function, phase, held, owner, epoch, revision, journal_sequence,
  wake_at, created_at, finished_at, parent_uid, labels, spec, status, resource_version,
  settings, generation, delete_after, delete_at,
  worker_group, semaphores, awaited_semaphore, archive_after, archive_at
