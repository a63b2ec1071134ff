-- A silo owns nothing of another group than its own. New ones, for which the time is a rank, come up to ?4, with the time asked for.
SELECT namespace, name, min(wake_at, ?2) FROM (
  SELECT * FROM (
    SELECT namespace, name, wake_at FROM executions
    WHERE owner = ?1 AND worker_group IS NULL AND wake_at <= ?4 AND (wake_at <= ?2 OR phase = 0) AND awaited_semaphore IS NULL
    ORDER BY wake_at LIMIT ?3)
  UNION ALL
  SELECT * FROM (
    SELECT namespace, name, wake_at FROM executions
    WHERE owner = ?1 AND worker_group = (SELECT worker_group FROM silos WHERE id = ?1) AND wake_at <= ?4
      AND (wake_at <= ?2 OR phase = 0) AND awaited_semaphore IS NULL
    ORDER BY wake_at LIMIT ?3))
ORDER BY wake_at LIMIT ?3
