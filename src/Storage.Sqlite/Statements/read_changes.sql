-- All rows of the version at which the limit falls, and none after it.
SELECT
  e.namespace, e.name, e.uid, e.function, e.phase, e.held, e.owner, e.epoch, e.revision, e.journal_sequence,
  e.wake_at, e.created_at, e.finished_at, e.parent_uid, e.labels, e.spec, e.status, e.resource_version
FROM executions AS e
WHERE e.resource_version > ?1 AND e.resource_version <= coalesce(
  (SELECT resource_version FROM executions WHERE resource_version > ?1 ORDER BY resource_version LIMIT 1 OFFSET ?2 - 1), 9223372036854775807)
ORDER BY e.resource_version
