SELECT e.uid, e.wake_at, e.semaphores, e.awaited_semaphore,
  EXISTS (SELECT 1 FROM messages AS m WHERE m.namespace = e.namespace AND m.name = e.name AND m.target_uid = e.uid)
FROM executions AS e
WHERE e.namespace = ?2 AND e.name = ?3 AND e.phase < 4 AND NOT e.held AND e.awaited_semaphore IS NOT NULL
  AND (e.worker_group IS NULL OR e.worker_group = ?5)
  AND (e.owner IS NULL OR e.owner = ?1 OR e.owner NOT IN (SELECT id FROM silos WHERE lease_until > ?4))
