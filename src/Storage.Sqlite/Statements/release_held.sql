UPDATE executions SET held = 0, owner = NULL, wake_at = ?2, resource_version = ?3
WHERE held AND phase < 4 AND function IN (SELECT value FROM json_each(?1))
