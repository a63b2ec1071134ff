-- Hops from one to the next in the index: many may wait for each.
WITH RECURSIVE awaited (semaphore) AS (
  SELECT min(awaited_semaphore) FROM executions WHERE awaited_semaphore > coalesce(?1, '')
  UNION ALL
  SELECT (SELECT min(e.awaited_semaphore) FROM executions AS e WHERE e.awaited_semaphore > a.semaphore)
  FROM awaited AS a WHERE a.semaphore IS NOT NULL)
SELECT semaphore FROM awaited WHERE semaphore IS NOT NULL LIMIT ?2
