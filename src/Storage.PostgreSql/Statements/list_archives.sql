-- As executions are listed: either in one namespace or in all, behind a tree.
SELECT
  a.namespace, a.name, a.uid, a.function, a.phase, a.labels, a.created_at, a.finished_at, a.archived_at, a.delete_at, a.executions,
  a.version, a.bytes, a.resource_version
FROM archives AS a
WHERE ($1::text IS NULL OR a.namespace = $1)
  AND ($2::text IS NULL OR (a.namespace, a.name, a.uid) > ($2, $3::text, $4::uuid))
ORDER BY a.namespace, a.name, a.uid LIMIT $5
