SELECT
  a.namespace, a.name, a.uid, a.function, a.phase, a.labels, a.created_at, a.finished_at, a.archived_at, a.delete_at, a.executions,
  a.version, a.bytes, a.resource_version
FROM archives AS a WHERE a.namespace = ?5 AND (a.namespace, a.name, a.uid) > (?1, ?2, ?3)
ORDER BY a.namespace, a.name, a.uid LIMIT ?4
