UPDATE executions AS e SET owner = NULL, resource_version = ?5
WHERE e.namespace = ?2 AND e.name = ?3 AND e.owner = ?1 AND e.phase < 4 AND NOT e.held
  AND (e.wake_at <= ?4
    OR EXISTS (SELECT 1 FROM messages AS m WHERE m.namespace = e.namespace AND m.name = e.name AND m.target_uid = e.uid))
