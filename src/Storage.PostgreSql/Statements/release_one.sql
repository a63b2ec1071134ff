UPDATE executions SET held = false, owner = NULL, wake_at = $4, resource_version = (SELECT kontinue_version())
WHERE namespace = $1 AND name = $2 AND uid = $3 AND held AND phase < 4
