-- Planned anew for each call, so that filters that are not set cost nothing.
SELECT
  e.namespace, e.name, e.uid, e.function, e.phase, e.held, e.owner, e.epoch, e.revision, e.journal_sequence,
  e.wake_at, e.created_at, e.finished_at, e.parent_uid, e.labels, e.spec, e.status, e.resource_version
FROM executions AS e
WHERE ($1::text IS NULL OR e.namespace = $1)
  AND ($2::text IS NULL OR (e.namespace, e.name) > ($2, $3::text))
  AND ($4::smallint IS NULL OR e.phase = $4)
  AND ($5::text IS NULL OR e.function = $5)
  AND ($6::jsonb IS NULL OR e.labels @> $6)
ORDER BY e.namespace, e.name LIMIT $7
