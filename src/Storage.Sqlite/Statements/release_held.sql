UPDATE executions SET held = 0, owner = NULL, wake_at = ?2, resource_version = ?3
WHERE (namespace, name) IN (
  SELECT namespace, name FROM executions
  WHERE held AND phase < 4 AND function IN (SELECT value FROM json_each(?1))
    AND (worker_group IS NULL OR worker_group = (SELECT worker_group FROM silos WHERE id = ?4))
  LIMIT ?5)
