-- Planned anew for each call, with its parameters: filters that are not set cost nothing, and each one that is set has an index in the
-- order of the list. Either in one namespace after a name, or in all namespaces behind one: how much a comparison of pairs leaves is
-- estimated by the namespaces alone.
SELECT
  e.namespace, e.name, e.uid, e.function, e.phase, e.held, e.owner, e.epoch, e.revision, e.journal_sequence,
  e.wake_at, e.created_at, e.finished_at, e.parent_uid, e.labels, e.spec, e.status, e.resource_version,
  e.settings, e.generation, e.delete_after, e.delete_at,
  e.worker_group, e.semaphores, e.awaited_semaphore, e.archive_after, e.archive_at
FROM executions AS e
WHERE ($1::text IS NULL OR (e.namespace = $1 AND e.name > $3::text))
  AND ($1::text IS NOT NULL OR e.namespace > $2::text)
  AND ($4::smallint IS NULL OR e.phase = $4)
  AND ($5::text IS NULL OR e.function = $5)
  AND ($6::uuid IS NULL OR e.parent_uid = $6)
  AND ($7::jsonb IS NULL OR e.labels @> $7)
ORDER BY e.namespace, e.name LIMIT $8
