-- A silo owns nothing of another group than its own.
SELECT namespace, name, wake_at FROM (
  (SELECT namespace, name, wake_at FROM executions
   WHERE owner = $1 AND worker_group IS NULL AND wake_at <= $2 AND awaited_semaphore IS NULL
   ORDER BY owner, worker_group, wake_at LIMIT $3)
  UNION ALL
  (SELECT namespace, name, wake_at FROM executions
   WHERE owner = $1 AND worker_group = (SELECT worker_group FROM silos WHERE id = $1) AND wake_at <= $2 AND awaited_semaphore IS NULL
   ORDER BY owner, worker_group, wake_at LIMIT $3)) AS mine
ORDER BY wake_at LIMIT $3
