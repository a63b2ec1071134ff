SELECT
  e.namespace, e.name, e.uid, e.function, e.phase, e.held, e.owner, e.epoch, e.revision, e.journal_sequence,
  e.wake_at, e.created_at, e.finished_at, e.parent_uid, e.labels, e.spec, e.status, e.resource_version,
  e.settings, e.generation, e.delete_after, e.delete_at,
  e.worker_group, e.semaphores, e.awaited_semaphore, e.archive_after, e.archive_at
FROM executions AS e WHERE e.namespace = $1 AND e.name = $2
