-- A silo owns nothing of another group than its own. New ones, for which the time is a rank, come up to ?4.
SELECT namespace, name, wake_at FROM (
  SELECT * FROM (
    SELECT namespace, name, wake_at FROM executions
    WHERE owner = ?1 AND worker_group IS NULL AND wake_at <= ?4 AND (wake_at <= ?2 OR phase = 0) AND awaited_semaphore IS NULL
      AND wake_at >= coalesce(?5, -9223372036854775808)
      AND (wake_at, namespace, name) > (coalesce(?5, -9223372036854775808), coalesce(?6, ''), coalesce(?7, ''))
    ORDER BY wake_at, namespace, name LIMIT ?3)
  UNION ALL
  SELECT * FROM (
    SELECT namespace, name, wake_at FROM executions
    WHERE owner = ?1 AND worker_group = (SELECT worker_group FROM silos WHERE id = ?1) AND wake_at <= ?4
      AND (wake_at <= ?2 OR phase = 0) AND awaited_semaphore IS NULL
      AND wake_at >= coalesce(?5, -9223372036854775808)
      AND (wake_at, namespace, name) > (coalesce(?5, -9223372036854775808), coalesce(?6, ''), coalesce(?7, ''))
    ORDER BY wake_at, namespace, name LIMIT ?3))
ORDER BY wake_at, namespace, name LIMIT ?3
