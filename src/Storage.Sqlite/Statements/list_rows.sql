SELECT
  e.namespace, e.name, e.uid, e.function, e.phase, e.held, e.owner, e.epoch, e.revision, e.journal_sequence,
  e.wake_at, e.created_at, e.finished_at, e.parent_uid, e.labels, e.spec, e.status, e.resource_version
FROM executions AS e
WHERE (e.namespace, e.name) > (coalesce(?2, ''), coalesce(?3, ''))
  AND (?4 IS NULL OR e.phase = ?4)
  AND (?5 IS NULL OR e.function = ?5)
  AND NOT EXISTS (
    SELECT 1 FROM json_each(?6) AS wanted
    WHERE NOT EXISTS (SELECT 1 FROM json_each(coalesce(e.labels, '{}')) AS label WHERE label.key = wanted.key AND label.value = wanted.value))
ORDER BY e.namespace, e.name LIMIT ?7
