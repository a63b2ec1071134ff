UPDATE executions SET owner = ?1, epoch = epoch + 1, awaited_semaphore = ?5, resource_version = ?4
WHERE namespace = ?2 AND name = ?3
RETURNING
  namespace, name, uid, function, phase, held, owner, epoch, revision, journal_sequence,
  wake_at, created_at, finished_at, parent_uid, labels, spec, status, resource_version,
  settings, generation, delete_after, delete_at,
  worker_group, semaphores, awaited_semaphore, archive_after, archive_at
