UPDATE executions SET
  phase = ?3, held = ?4, revision = ?5, journal_sequence = ?6, wake_at = ?7, finished_at = ?8,
  owner = CASE WHEN ?9 THEN NULL ELSE owner END, spec = coalesce(?10, spec), status = ?11, resource_version = ?12
WHERE namespace = ?1 AND name = ?2
