-- Of one semaphore and one group; what silos have is told apart by the index.
SELECT namespace, name, function, semaphores, wake_at, uid FROM executions INDEXED BY executions_awaited
WHERE awaited_semaphore = ?3 AND worker_group IS ?4 AND phase < 4 AND NOT held AND function IN (SELECT value FROM json_each(?2))
  AND (owner IS NULL OR owner = ?1 OR owner NOT IN (SELECT id FROM silos WHERE lease_until > ?6))
ORDER BY wake_at IS NULL, wake_at LIMIT ?5
