-- All rows and deletions up to the version at which the limit falls, and none after it.
WITH last (version) AS MATERIALIZED (
  SELECT coalesce(
    (SELECT version FROM (
      SELECT * FROM (SELECT resource_version AS version FROM executions WHERE resource_version > ?1 ORDER BY resource_version LIMIT ?2)
      UNION ALL
      SELECT * FROM (SELECT version FROM deletions WHERE version > ?1 ORDER BY version LIMIT ?2))
    ORDER BY version LIMIT 1 OFFSET ?2 - 1),
    9223372036854775807))
SELECT
  e.namespace, e.name, e.uid, e.function, e.phase, e.held, e.owner, e.epoch, e.revision, e.journal_sequence,
  e.wake_at, e.created_at, e.finished_at, e.parent_uid, e.labels, e.spec, e.status, e.resource_version,
  e.settings, e.generation, e.delete_after, e.delete_at,
  e.worker_group, e.semaphores, e.awaited_semaphore, e.archive_after, e.archive_at, 0
FROM executions AS e
WHERE e.resource_version > ?1 AND e.resource_version <= (SELECT version FROM last)
UNION ALL
SELECT
  d.namespace, d.name, d.uid, d.function, d.phase, 0, NULL, 0, 0, 0,
  NULL, d.created_at, d.finished_at, d.parent_uid, d.labels, NULL, NULL, d.version,
  NULL, d.generation, NULL, NULL,
  NULL, NULL, NULL, NULL, NULL, 1
FROM deletions AS d
WHERE d.version > ?1 AND d.version <= (SELECT version FROM last)
ORDER BY 18
