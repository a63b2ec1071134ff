-- Hops from one to the next in the index: many may wait for each.
WITH RECURSIVE awaited (semaphore) AS (
  (SELECT awaited_semaphore FROM executions WHERE awaited_semaphore > coalesce($1, '') ORDER BY awaited_semaphore LIMIT 1)
  UNION ALL
  SELECT (SELECT e.awaited_semaphore FROM executions AS e WHERE e.awaited_semaphore > a.semaphore ORDER BY e.awaited_semaphore LIMIT 1)
  FROM awaited AS a WHERE a.semaphore IS NOT NULL)
SELECT semaphore FROM awaited WHERE semaphore IS NOT NULL LIMIT $2
