-- A silo owns nothing of another group than its own. New ones, for which the time is a rank, come up to $4 ahead.
SELECT namespace, name, wake_at FROM (
  (SELECT namespace, name, wake_at FROM executions
   WHERE owner = $1 AND worker_group IS NULL AND wake_at <= $2 + $4 AND (wake_at <= $2 OR phase = 0) AND awaited_semaphore IS NULL
     AND wake_at >= coalesce($5, '-infinity'::timestamptz)
     AND (wake_at, namespace, name) > (coalesce($5, '-infinity'::timestamptz), coalesce($6, ''), coalesce($7, ''))
   ORDER BY owner, worker_group, wake_at, namespace, name LIMIT $3)
  UNION ALL
  (SELECT namespace, name, wake_at FROM executions
   WHERE owner = $1 AND worker_group = (SELECT worker_group FROM silos WHERE id = $1) AND wake_at <= $2 + $4
     AND (wake_at <= $2 OR phase = 0) AND awaited_semaphore IS NULL
     AND wake_at >= coalesce($5, '-infinity'::timestamptz)
     AND (wake_at, namespace, name) > (coalesce($5, '-infinity'::timestamptz), coalesce($6, ''), coalesce($7, ''))
   ORDER BY owner, worker_group, wake_at, namespace, name LIMIT $3)) AS mine
ORDER BY wake_at, namespace, name LIMIT $3
