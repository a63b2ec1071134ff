-- Each half brings enough for a page, and all of the version at which it ends; so does the page that is made of both. Types are spelled
-- out because only halves of equal types are merged; others are sorted.
SELECT * FROM (
  (SELECT
    e.namespace, e.name, e.uid, e.function, e.phase, e.held, e.owner, e.epoch, e.revision, e.journal_sequence,
    e.wake_at, e.created_at, e.finished_at, e.parent_uid, e.labels, e.spec, e.status, e.resource_version,
    e.settings, e.generation, e.delete_after, e.delete_at,
    e.worker_group, e.semaphores, e.awaited_semaphore, e.archive_after, e.archive_at, false
  FROM executions AS e
  WHERE e.resource_version > $1 AND e.resource_version < (SELECT kontinue_horizon())
  ORDER BY e.resource_version FETCH FIRST ($2) ROWS WITH TIES)
  UNION ALL
  (SELECT
    d.namespace, d.name, d.uid, d.function, d.phase, false, NULL::uuid, 0::bigint, 0::bigint, 0::bigint,
    NULL::timestamptz, d.created_at, d.finished_at, d.parent_uid, d.labels, ''::bytea, ''::bytea, d.version,
    NULL::bytea, d.generation, NULL::bigint, NULL::timestamptz,
    NULL::text COLLATE "C", NULL::text[] COLLATE "C", NULL::text COLLATE "C", NULL::bigint, NULL::timestamptz, true
  FROM deletions AS d
  WHERE d.version > $1 AND d.version < (SELECT kontinue_horizon())
  ORDER BY d.version FETCH FIRST ($2) ROWS WITH TIES)) AS changed
ORDER BY resource_version FETCH FIRST ($2) ROWS WITH TIES
