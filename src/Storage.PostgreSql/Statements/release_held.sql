UPDATE executions SET held = false, owner = NULL, wake_at = $2, resource_version = (SELECT kontinue_version())
WHERE held AND phase < 4 AND function = ANY($1::text[])
