SELECT e.archive_at, e.namespace, e.name, e.uid
FROM executions AS e
WHERE e.archive_at <= $1 AND e.parent_uid IS NULL AND (e.delete_at IS NULL OR e.delete_at > $1)
  AND ($2::timestamptz IS NULL OR (e.archive_at, e.uid) > ($2, $3::uuid))
ORDER BY e.archive_at, e.uid LIMIT $4
