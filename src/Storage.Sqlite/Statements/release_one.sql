UPDATE executions SET held = 0, owner = NULL, wake_at = ?4, resource_version = ?5
WHERE namespace = ?1 AND name = ?2 AND uid = ?3 AND held AND phase < 4
