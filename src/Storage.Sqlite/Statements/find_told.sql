SELECT m.namespace, m.name, min(m.id) AS oldest
FROM messages AS m CROSS JOIN executions AS e
WHERE e.namespace = m.namespace AND e.name = m.name AND e.uid = m.target_uid AND e.phase < 4 AND NOT e.held
  AND e.function IN (SELECT value FROM json_each(?2)) AND (e.worker_group IS NULL OR e.worker_group = ?5)
  AND (e.owner IS NULL OR e.owner = ?1 OR e.owner NOT IN (SELECT id FROM silos WHERE lease_until > ?4))
GROUP BY m.namespace, m.name ORDER BY oldest LIMIT ?3
